"""The secrets that a person may let a store use in the place of what is wrong with its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from project.access import Role
from secrets_app.models import Secret
from stores.flavors.base import SignIn
from stores.models import Store

# The kind of secret that each flavor signs in with.
SCHEMA_OF = {"azure": "azure", "s3": "aws", "gcp": "gcp"}
# How many secrets are offered at most, and how many are looked at in one go.
MOST_OFFERED = 3
CHUNK = 20


@dataclass(frozen=True, slots=True)
class Offers:
    """`fitting` are the first of those that are complete for this kind of store, where it signs
    in as whatever is around it; `by_name` are the keys of all, where the one that it names is
    missing."""

    fitting: Sequence[Secret] = ()
    by_name: Mapping[str, int] = field(default_factory=dict)


def offers_for(store: Store, secret: Any, user: Any) -> Offers:
    """What there is for a store with this secret, None where it has none."""
    mine = Secret.objects.beside(store).visible_to(user, Role.EDITOR).order_by("name")
    if SignIn(store.sign_in).is_ambient:
        of_its_kind = mine.filter(schema=SCHEMA_OF.get(store.flavor, ""))
        secrets = of_its_kind.select_related("manager").with_current().iterator(CHUNK)
        return Offers(fitting=list(islice(filter(Secret.shape, secrets), MOST_OFFERED)))
    if store.authentication_secret and secret is None:
        return Offers(by_name=dict(mine.values_list("name", "pk")))
    return Offers()
