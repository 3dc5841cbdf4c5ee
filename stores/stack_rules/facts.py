"""What the rules have to know of stacks: all of it for any number of them in a fixed number of
queries. Asks no network."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from project.access import Namespace, Part, Role, in_namespace
from secrets_app import keyring
from secrets_app.expiry import Expiry, expiry_of
from secrets_app.models import Secret, SecretsManager
from stores.flavors.base import SignIn, StoreError
from stores.models import Check, Component, Stack, StackShare, Store
from stores.stack_rules.offers import Offers, offers_for
from stores.stack_rules.opening import Opening, named_by, openings

Key = tuple[Namespace, str]
"""A secret's team or owner, and its name."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A stack as it is, or as somebody is about to make it: then it may have no store yet."""

    store: Store | None
    manager: SecretsManager | None
    components: Sequence[Component]
    production: bool = False
    team: int | None = None
    pk: int | None = None

    @classmethod
    def of(cls, stack: Stack) -> Sketch:
        """The stack as it was saved."""
        components = list(stack.components.all())
        return cls(
            stack.store,
            stack.secrets_manager,
            components,
            stack.production,
            stack.team_id,
            stack.pk,
        )

    def parts(self) -> Iterator[Part]:
        """Everything that it joins."""
        yield from filter(None, (self.store, self.manager))
        yield from self.components


@dataclass(frozen=True, slots=True)
class StoreSecret:
    """The secret that a store names. `unreadable` says why its values cannot be opened, `misfit`
    why they do not fit the store; both are "" where all is well."""

    secret: Secret
    expiry: Expiry | None = None
    unreadable: str = ""
    misfit: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """One stack, and what the rules have to know of it.

    `secrets` are those that its parts name, `secret` is the store's. `check` is the last one of
    the store that tells something of its present settings, `opening` the last one of the secrets
    that its present parts name. `free` is which part of the disk beneath a folder is free, 0 to 1,
    None where nobody knows. `longer` are the parts of which another thing of their kind bears a
    name that begins with theirs. `offers` are the secrets that the person may use in the place of
    what is wrong, `managers` the secrets managers; nothing where nobody asks.
    """

    sketch: Sketch
    shared: bool = False
    secrets: Mapping[Key, Secret] = field(default_factory=dict)
    secret: StoreSecret | None = None
    check: Check | None = None
    opening: Opening | None = None
    free: float | None = None
    longer: frozenset[Part] = frozenset()
    offers: Offers = field(default_factory=Offers)
    managers: Sequence[SecretsManager] = ()
    now: datetime = field(default_factory=timezone.now)

    @property
    def store(self) -> Store | None:
        """The stack's store."""
        return self.sketch.store

    @property
    def sign_in(self) -> SignIn | None:
        """How the store signs in."""
        return SignIn(self.store.sign_in) if self.store else None


def load_parts(stacks: Sequence[Stack]) -> None:
    """Fetch what the stacks join, unless it is there already, without what no rule asks for."""
    components = Component.objects.defer("description", "labels", "created_at")
    prefetch_related_objects(
        stacks, "store", "secrets_manager", Prefetch("components", components)
    )


def collect(sketches: Sequence[Sketch], user: Any = None) -> list[Facts]:
    """What there is to know of each sketch. For `user`, who looks at one of them, with what they
    may use to mend it, and with the last check also where no rule asks for it."""
    stores = {sketch.store.pk: sketch.store for sketch in sketches if sketch.store}
    secrets = _secrets(sketches)
    checks = _checks(
        [store for store in stores.values() if user or SignIn(store.sign_in).is_ambient]
    )
    shared = set(
        StackShare.objects.filter(content_object__in=[sketch.pk for sketch in sketches])
        .values_list("content_object", flat=True)
        .distinct()
    )
    opened = openings({sketch.pk: list(sketch.parts()) for sketch in sketches if sketch.pk})
    longer = _with_longer_names({part for sketch in sketches for part in sketch.parts()})
    known = {pk: _store_secret(store, secrets) for pk, store in stores.items()}
    return [
        Facts(
            sketch,
            shared=sketch.team is not None or sketch.pk in shared,
            secrets=secrets,
            secret=known[sketch.store.pk] if sketch.store else None,
            check=checks.get(sketch.store.pk) if sketch.store else None,
            opening=opened.get(sketch.pk) if sketch.pk else None,
            free=_free(sketch.store),
            longer=longer & set(sketch.parts()),
            offers=_offers(sketch.store, known, user),
            managers=_managers(user),
        )
        for sketch in sketches
    ]


def _secrets(sketches: Iterable[Sketch]) -> dict[Key, Secret]:
    """The secrets that the parts name, with the version in use."""
    wanted: dict[Namespace, set[str]] = {}
    for namespace, name in named_by(part for sketch in sketches for part in sketch.parts()):
        wanted.setdefault(namespace, set()).add(name)
    named = [in_namespace(whose) & Q(name__in=names) for whose, names in wanted.items()]
    if not named:
        return {}
    secrets = Secret.objects.filter(reduce(or_, named)).select_related("manager")
    found = secrets.order_by().with_current()
    return {(secret.namespace, secret.name): secret for secret in found}


@sensitive_variables("values")
def _store_secret(store: Store, secrets: Mapping[Key, Secret]) -> StoreSecret | None:
    """What can be known of the store's secret without asking anybody."""
    secret = secrets.get((store.namespace, store.authentication_secret))
    if secret is None:
        return None
    expiry = expiry_of(secret, timezone.now())
    if not secret.kept_here:
        return StoreSecret(secret, expiry)
    try:
        values = secret.reveal()
    except keyring.Undecryptable as error:
        return StoreSecret(secret, expiry, unreadable=str(error))
    try:
        store.kind.check_secret(store.path, store.configuration, SignIn(store.sign_in), values)
    except StoreError as error:
        return StoreSecret(secret, expiry, misfit=error.text)
    return StoreSecret(secret, expiry)


def _checks(stores: Sequence[Store]) -> dict[int, Check]:
    """The last check of each store that has ended, unless the store was changed since."""
    checked = [store.pk for store in stores if store.state != Store.State.NEVER]
    ended = Check.objects.filter(store__in=checked, rehearsal=None, status=Check.Status.DONE)
    last = ended.order_by().values("store").annotate(last=Max("pk")).values("last")
    return {check.store_id: check for check in Check.objects.filter(pk__in=last)}


def _free(store: Store | None) -> float | None:
    """Which part of the disk beneath the store's folder is free; None for what is no folder, and
    where nothing is there yet."""
    if store is None or store.flavor != "local":
        return None
    with suppress(OSError):
        usage = shutil.disk_usage(store.path)
        return usage.free / usage.total if usage.total else None
    return None


def _with_longer_names(parts: set[Part]) -> frozenset[Part]:
    """Those of which another thing of the same kind, with the same team or owner, bears a name
    that begins with theirs: in the order of names, that is the next one. What comes with the
    installation everybody has."""
    found = set()
    for model in (Store, SecretsManager, Component):
        mine = {p.pk: p for p in parts if isinstance(p, model) and not p.built_in}
        in_teams = {pk for pk, part in mine.items() if part.team_id is not None}
        following = {
            **_next_names(model, in_teams, team=OuterRef("team")),
            **_next_names(model, mine.keys() - in_teams, team=None, owner=OuterRef("owner")),
        }
        found |= {mine[pk] for pk, name in following.items() if name.startswith(mine[pk].name)}
    return frozenset(found)


def _next_names(model: Any, keys: Collection[int], **beside: Any) -> dict[int, str]:
    """For each of these the name that comes after its own in the order of names, "" where it is
    the last of those `beside` it."""
    if not keys:
        return {}
    same_type = {"type": OuterRef("type")} if model is Component else {}
    later: QuerySet = model.objects.filter(name__gt=OuterRef("name"), **beside, **same_type)
    following = Coalesce(Subquery(later.order_by("name").values("name")[:1]), Value(""))
    return dict(model.objects.filter(pk__in=keys).order_by().values_list("pk", following))


def _offers(store: Store | None, known: Mapping[int, StoreSecret | None], user: Any) -> Offers:
    """What the person may let the store use."""
    return offers_for(store, known[store.pk], user) if store and user else Offers()


def _managers(user: Any) -> list[SecretsManager]:
    """The secrets managers that the person may use."""
    if user is None:
        return []
    return list(SecretsManager.objects.visible_to(user, Role.OPERATOR).order_by("name"))
