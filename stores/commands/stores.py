"""Artifact stores, as the command `artifact-store` registers and changes them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.management import CommandError

from project.commands import UsageError
from project.owned_form import OwnedForm
from stores.commands.parts import TypedParts
from stores.flavors import ALIASES, FLAVORS
from stores.flavors.base import SignIn
from stores.forms import StoreForm
from stores.models import Stack, Store, Transfer

# Fields that are ticked or not, and how an update says so.
BOXES = {"allow_probes", "allow_implicit"}
TICKS = {"true": True, "yes": True, "false": False, "no": False, "": False}


class ArtifactStores(TypedParts):
    """Artifact stores."""

    kind = "artifact store"
    fields = (
        "path",
        "authentication_secret",
        "sign_in",
        "allow_probes",
        "allow_implicit",
        "description",
    )
    columns = ("name", "flavor", "path", "authentication_secret", "state", "stacks", "owner")
    flavor_columns = ("name", "label", "installed", "settings")
    consequence = "Its artifacts stay where they are."

    def all(self) -> Any:
        return Store.objects.all()

    def new(self, flavor: str) -> Store:
        slug = ALIASES.get(flavor, flavor)
        _check_flavor(slug)
        return Store(flavor=slug)

    def form(self, data: Mapping[str, Any] | None, part: Store, user: Any) -> OwnedForm:
        return StoreForm(data, instance=part, user=user)

    def flavors(self) -> list[dict[str, Any]]:
        return [
            {
                "name": flavor.slug,
                "label": flavor.label,
                "address": flavor.path_hint,
                "installed": not flavor.missing_packages,
                "settings": list(flavor.ConfigForm.base_fields),
            }
            for flavor in FLAVORS.values()
        ]

    def of_stack(self, stack: Stack) -> list[Store]:
        return [stack.store]

    def stacks(self, part: Store) -> Any:
        return part.stacks.all()

    def own_facts(self, part: Store, user: Any) -> dict[str, Any]:
        return {
            "path": part.path,
            "sign_in": part.sign_in,
            "authentication_secret": part.authentication_secret,
            "allow_probes": part.allow_probes,
            "allow_implicit": part.allow_implicit,
            "state": part.state,
            "state_words": part.state_words,
            "checked_at": part.checked_at,
        }

    def summary(self, part: Store) -> str:
        return f": {part.path}"

    def settings_of(self, flavor: str) -> Collection[str] | None:
        return FLAVORS[flavor].ConfigForm.base_fields if flavor in FLAVORS else None

    def with_fields(self, part: Store, fields: Mapping[str, Any], user: Any) -> dict[str, Any]:
        """As they are, but that boxes are ticked in words, and that naming a secret or none
        means another way to sign in."""
        given = super().with_fields(part, fields, user)
        for box in BOXES & given.keys():
            given[box] = _ticked(box, given[box])
        if given.get("allow_implicit") and not user.is_superuser:
            raise CommandError("Only a superuser may allow a store to sign in implicitly.")
        secret = given.get("authentication_secret", part.authentication_secret)
        if bool(secret) != bool(part.authentication_secret):
            given.setdefault("sign_in", "")
        return given

    def notes(self, part: Store) -> Iterator[str]:
        if not part.kind.opens:
            yield part.kind.cannot_open
            return
        if missing := part.kind.missing_packages:
            yield (
                f"{part.kind.label} needs {', '.join(missing)}, which is not installed here:"
                f" {part.kind.how_to_install}."
            )
        if part.sign_in == SignIn.IMPLICIT:
            yield (
                "It names no secret, so it signs in implicitly, with what the workers' environment"
                " holds."
            )
        elif SignIn(part.sign_in).is_ambient:
            yield f"It signs in as whatever the workers run as: {SignIn(part.sign_in).label}."
        if SignIn(part.sign_in).is_ambient and not settings.STOREROOM_ALLOW_IMPLICIT:
            yield (
                "It is used only once the operator allows that (STOREROOM_ALLOW_IMPLICIT=true);"
                " it can also be registered with --authentication_secret."
            )
        if SignIn(part.sign_in).is_ambient and not part.allow_implicit:
            yield (
                "A superuser has to allow it for this store as well: --allow_implicit, or a tick"
                " in its settings."
            )
        if part.authentication_secret and part.secret() is None:
            yield (
                f"The secret `{part.authentication_secret}` is not there yet; the store uses it as"
                " soon as it is."
            )

    def refuse_deletion(self, part: Store) -> None:
        moving = Transfer.objects.under_way([part]).first()
        if moving:
            raise CommandError(f"`{part.name}` cannot be deleted while transfer {moving.pk} runs.")


def _check_flavor(slug: str) -> None:
    """Raise `CommandError` for what is no flavor's name, or most likely a misspelt one. Any other
    of ZenML's is taken, and its stores are kept though Storeroom cannot open them."""
    near = difflib.get_close_matches(slug, FLAVORS, n=1, cutoff=0.7)
    if slug in FLAVORS or (not near and re.fullmatch("[a-z][a-z0-9_-]{0,49}", slug)):
        return
    guess = f" Did you mean `{near[0]}`?" if near else ""
    raise CommandError(
        f"There is no flavor `{slug}`.{guess} Storeroom opens: {', '.join(FLAVORS)}."
    )


def _ticked(box: str, value: Any) -> bool:
    """Whether the words tick a box. Raises `UsageError`."""
    if isinstance(value, bool):
        return value
    if value.lower() not in TICKS:
        raise UsageError(f"--{box} is true or false.")
    return TICKS[value.lower()]


def secret_state(store: Store) -> str:
    """What is known of the secret that the store names."""
    if not store.authentication_secret:
        return ""
    secret = store.secret()
    if secret is None:
        return "missing"
    return secret.unreadable() or f"sealed, version {secret.version}"
