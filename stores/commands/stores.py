"""What the command `artifact-store` does."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.management import CommandError

from project.access import Role
from project.commands import (
    UsageError,
    find,
    refuse_built_in,
    refuse_used,
    save,
    shown,
    unknown_option,
)
from stores import dispatch
from stores.check_report import report
from stores.connectivity import STEPS
from stores.flavors import ALIASES, FLAVORS
from stores.flavors.base import SignIn
from stores.forms import StoreForm, config_fields
from stores.models import Check, Stack, Store, Transfer
from stores.models.check import PATIENCE

KIND = "artifact store"
# Options of `register` that are fields of a store, whatever its flavor.
FIELDS = (
    "flavor",
    "path",
    "authentication_secret",
    "sign_in",
    "allow_probes",
    "allow_implicit",
    "description",
)
COLUMNS = ("name", "flavor", "path", "authentication_secret", "state", "stacks", "owner")
# Seconds between two looks at a check, and beyond a check's own budget until waiting ends.
LOOK = 0.2
GRACE = 10


def register(
    user: Any, name: str, fields: Mapping[str, Any], configuration: Mapping[str, str]
) -> list[str]:
    """Register a store and say so; `fields` are those in `FIELDS`. Raises `CommandError`."""
    slug = ALIASES.get(fields["flavor"], fields["flavor"])
    _check_flavor(slug)
    data = {**fields, "flavor": slug, "name": name}
    if slug in FLAVORS:
        _check_options(slug, configuration)
        form = StoreForm({**data, **configuration}, user=user)
    else:
        kept = Store(flavor=slug, configuration=dict(configuration))
        form = StoreForm(data, instance=kept, user=user)
    if fields["allow_implicit"] and not user.is_superuser:
        raise CommandError("Only a superuser may allow a store to sign in implicitly.")
    store = save(form, name, user)
    return [f"Registered artifact store `{store.name}`: {store.path}.", *_notes(store)]


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


def _check_options(flavor: str, configuration: Mapping[str, str]) -> None:
    """Raise `UsageError` for a setting that the flavor does not have."""
    own = FLAVORS[flavor].ConfigForm.base_fields
    for option in configuration:
        if option in own:
            continue
        if option in config_fields():
            raise UsageError(f"{shown(option)} is no setting of the flavor `{flavor}`.")
        raise unknown_option(option, [*FIELDS, *own, "as"])


def _notes(store: Store) -> Iterator[str]:
    """What one should know of a new store's flavor and way to sign in."""
    if not store.kind.opens:
        yield store.kind.cannot_open
        return
    if missing := store.kind.missing_packages:
        yield (
            f"{store.kind.label} needs {', '.join(missing)}, which is not installed here:"
            f" {store.kind.how_to_install}."
        )
    if store.sign_in == SignIn.IMPLICIT:
        yield (
            "It names no secret, so it signs in implicitly, with what the workers' environment"
            " holds."
        )
    elif SignIn(store.sign_in).is_ambient:
        yield f"It signs in as whatever the workers run as: {SignIn(store.sign_in).label}."
    if SignIn(store.sign_in).is_ambient and not settings.STOREROOM_ALLOW_IMPLICIT:
        yield (
            "It is used only once the operator allows that (STOREROOM_ALLOW_IMPLICIT=true);"
            " it can also be registered with --authentication_secret."
        )
    if SignIn(store.sign_in).is_ambient and not store.allow_implicit:
        yield (
            "A superuser has to allow it for this store as well: --allow_implicit, or a tick in"
            " its settings."
        )
    if store.authentication_secret and store.secret() is None:
        yield (
            f"The secret `{store.authentication_secret}` is not there yet; the store uses it as"
            " soon as it is."
        )


def of_name(user: Any, name: str, role: Role = Role.VIEWER) -> Store:
    """The store of this name, without one the active stack's. Raises `CommandError`."""
    stores = Store.objects.select_related("owner")
    if not name:
        stack = Stack.objects.active_of(user)
        if stack is None:
            raise CommandError("There is no active stack; name a store.")
        name, stores = stack.store.name, stores.filter(pk=stack.store.pk)
    return find(stores, name, user, role, kind=KIND)


def all_facts(user: Any) -> list[dict[str, Any]]:
    """Facts of every store that the person sees."""
    stores = Store.objects.visible_to(user).select_related("owner").order_by("name", "pk")
    return [facts(store, user) for store in stores]


def facts(store: Store, user: Any) -> dict[str, Any]:
    """What everyone who sees the store may know of it."""
    stacks = store.stacks.visible_to(user).order_by("name")
    return {
        "name": store.name,
        "description": store.description,
        "flavor": store.flavor,
        "path": store.path,
        "configuration": store.configuration,
        "sign_in": store.sign_in,
        "authentication_secret": store.authentication_secret,
        "allow_probes": store.allow_probes,
        "allow_implicit": store.allow_implicit,
        "state": store.state,
        "state_words": store.state_words,
        "checked_at": store.checked_at,
        "stacks": list(stacks.values_list("name", flat=True)),
        "owner": store.owner and store.owner.get_username(),
    }


def secret_state(store: Store) -> str:
    """What is known of the secret that the store names."""
    if not store.authentication_secret:
        return ""
    secret = store.secret()
    if secret is None:
        return "missing"
    return secret.unreadable() or f"sealed, version {secret.version}"


def queue_check(user: Any, name: str) -> Check:
    """Queue a check of the store. Raises `CommandError`."""
    store = of_name(user, name, Role.OPERATOR)
    if not store.kind.opens:
        raise CommandError(store.kind.cannot_open)
    try:
        return dispatch.check(store, by=user)
    except dispatch.TooManyChecks as limit:
        raise CommandError(str(limit)) from None


def follow(check: Check) -> Iterator[dict[str, Any]]:
    """Yield the steps of a check as a worker records them, until it ends. Raises `CommandError`
    when no worker takes it, when it takes too long, and when it broke off."""
    start = time.monotonic()
    printed = 0
    while True:
        check.refresh_from_db()
        yield from check.steps[printed:]
        printed = len(check.steps)
        if not check.is_open:
            break
        waited = time.monotonic() - start
        if check.status == Check.Status.QUEUED and waited >= PATIENCE.total_seconds():
            raise CommandError(
                f"No worker took check {check.pk} within {PATIENCE.total_seconds():g} s. Is one"
                " running? `./manage.py up` starts one; the check waits for it."
            )
        if waited >= settings.CHECK_BUDGET + GRACE:
            raise CommandError(
                f"Check {check.pk} has not ended after {waited:.0f} s; `artifact-store describe"
                f" {check.store.name}` will show what it found."
            )
        time.sleep(LOOK)
    if check.status != Check.Status.DONE:
        raise CommandError(f"Check {check.pk} broke off. {check.error}".strip())


def step_lines(step: Mapping[str, Any]) -> list[str]:
    """One step as a line, and what to type as another."""
    line = f"{step['mark']:<8}{STEPS[step['name']]:<18}{step['ms']:>6} ms  {step['words']}"
    command = [f"        $ {step['command']}"] if step.get("command") else []
    return [f"{line} {step.get('action', '')}".rstrip(), *command]


def check_facts(check: Check) -> dict[str, Any]:
    """What is known of a check."""
    return {
        "check": check.pk,
        "store": check.store.name,
        "status": check.status,
        "verdict": check.verdict,
        "words": check.words,
        "seconds": check.seconds,
        "steps": check.steps,
        **report(check).as_dict(),
    }


def report_lines(check: Check) -> list[str]:
    """What a check has to tell beside its steps."""
    return report(check).lines()


def check_lines(check: Check) -> list[str]:
    """A check that has ended, as lines."""
    return [
        "",
        f"Check {check.pk}:",
        *(line for step in check.steps for line in step_lines(step)),
        *report_lines(check),
    ]


def last_check(store: Store) -> Check | None:
    """The last check of the store that has ended."""
    return store.checks.filter(rehearsal=None).exclude(verdict="").first()


def deletable(user: Any, name: str) -> Store:
    """The store, when the person may delete it and nothing uses it. Raises `CommandError`."""
    store = find(Store.objects, name, user, Role.OWNER, kind=KIND)
    refuse_built_in(store)
    refuse_used(store, Stack.objects.filter(store=store), user)
    moving = Transfer.objects.under_way([store]).first()
    if moving:
        raise CommandError(f"`{store.name}` cannot be deleted while transfer {moving.pk} runs.")
    return store
