"""What becomes of a rehearsal: the switch once all stores passed, and the way back.

The only writer of rehearsals' states.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from project import audit
from secrets_app.models import NotKept, Secret
from stores.flavors.base import Category
from stores.models import Check, Rehearsal, Store

State = Rehearsal.State

# Failures that tell nothing of the secret: the version before would fail as well.
NOT_THE_SECRETS = {
    Category.DNS,
    Category.CONNECT,
    Category.TLS,
    Category.TIMEOUT,
    Category.UNAVAILABLE,
    Category.THROTTLED,
    Category.SETTINGS,
}


def begin(secret: Secret, version: int, switch: bool, by: Any) -> Rehearsal:
    """Note that a version is to be tried with every store that names the secret, and make the
    checks; earlier rehearsals that still go on are withdrawn. Where no store names it, there is
    nothing to try: the version passes at once. Raises `NotKept`."""
    with transaction.atomic():
        secret = Secret.objects.select_for_update().get(pk=secret.pk)
        if not secret.versions.kept().filter(number=version).exists():
            raise NotKept(f"Version {version} of `{secret}` is not kept any more.")
        secret.rehearsals.filter(state__in=[State.CHECKING, State.PASSED]).update(
            state=State.WITHDRAWN, words="Another rehearsal was begun."
        )
        rehearsal = Rehearsal.objects.create(
            secret=secret,
            version=version,
            previous=secret.version,
            switch=switch,
            requested_by=by,
        )
        for store in Store.objects.naming(secret).openable():
            Check.objects.create(
                store=store, requested_by=by, rehearsal=rehearsal, secret_version=version
            )
        _decide(rehearsal)
        return rehearsal


def settle_check(check: Check) -> None:
    """What the end of a check means for a rehearsal: its own, or the one that brought the version
    into use with which the check failed. Called in the transaction that ends the check."""
    if check.rehearsal_id:
        _decide(Rehearsal.objects.select_for_update().get(pk=check.rehearsal_id))
    elif check.verdict == Store.State.FAILING:
        _take_back(check)


def force(rehearsal: Rehearsal, by: Any) -> bool:
    """Take the version into use although not all stores passed; whether it could be."""
    with transaction.atomic():
        rehearsal = Rehearsal.objects.select_for_update().get(pk=rehearsal.pk)
        if not rehearsal.may_be_forced:
            return False
        return _switch(rehearsal, by, "on demand")


def _decide(rehearsal: Rehearsal) -> None:
    """Once all checks have ended: switch, or say which stores refuse the version."""
    checks = list(rehearsal.checks.select_related("store"))
    if rehearsal.state != State.CHECKING or any(check.is_open for check in checks):
        return
    failed = [check for check in checks if not _passed(check)]
    if failed:
        why = "; ".join(f"`{check.store}`: {check.words or check.error}" for check in failed)
        in_use = f"Version {rehearsal.previous} stays in use" if rehearsal.previous else "Not used"
        _move(rehearsal, State.REFUSED, f"{in_use}. {why}")
        _record(rehearsal, None, "refused", f"{_names(failed)} did not pass")
    elif rehearsal.switch:
        _switch(rehearsal, rehearsal.requested_by, f"after a rehearsal with {_count(checks)}")
    else:
        _move(rehearsal, State.PASSED, f"{_count(checks)} passed.")


def _passed(check: Check) -> bool:
    """Whether the store works with the version at least as well as it did."""
    if check.verdict == Store.State.DEGRADED:
        return bool(check.store.state == Store.State.DEGRADED)
    return bool(check.verdict == Store.State.HEALTHY)


def _switch(rehearsal: Rehearsal, by: Any, how: str) -> bool:
    """Take the version into use; withdraw the rehearsal where that is not what it was about."""
    secret = Secret.objects.select_for_update().get(pk=rehearsal.secret_id)
    if secret.version != rehearsal.previous:
        _move(rehearsal, State.WITHDRAWN, f"Version {secret.version} was made current meanwhile.")
        return False
    try:
        secret.make_current(rehearsal.version)
    except NotKept as error:
        _move(rehearsal, State.WITHDRAWN, str(error))
        return False
    _move(rehearsal, State.SWITCHED, f"In use {how}.", switched_at=Now())
    _record(rehearsal, by, "switched", how)
    return True


def _take_back(check: Check) -> None:
    """Bring the version before back, where the check failed with one that is being watched, for a
    reason that may lie in the secret."""
    failed: dict[str, Any] = next((step for step in check.steps if step["mark"] == "failed"), {})
    secret = check.store.secret()
    if secret is None or failed.get("category") in NOT_THE_SECRETS:
        return
    secret = Secret.objects.select_for_update().get(pk=secret.pk)
    watching = secret.rehearsals.watching().filter(version=check.secret_version).first()
    if watching is None or secret.version != check.secret_version or not watching.previous:
        return
    try:
        secret.make_current(watching.previous)
    except NotKept:
        return
    words = f"`{check.store}` failed with version {watching.version}: {check.words}"
    _move(watching, State.RETURNED, f"Version {watching.previous} is in use again. {words}")
    _record(watching, None, "taken back", f"version {watching.previous} again: {words}")


def _move(rehearsal: Rehearsal, state: State, words: str, **fields: Any) -> None:
    Rehearsal.objects.filter(pk=rehearsal.pk).update(state=state, words=words, **fields)


def _record(rehearsal: Rehearsal, by: Any, action: str, words: str) -> None:
    version = rehearsal.secret.versions.get(number=rehearsal.version)
    audit.record(
        by,
        action,
        rehearsal.secret,
        f"version {rehearsal.version}: {words}",
        fingerprint=version.fingerprint,
        run=f"rehearsal {rehearsal.pk}",
    )


def _names(checks: list[Check]) -> str:
    return ", ".join(f"`{check.store}`" for check in checks)


def _count(checks: list[Check]) -> str:
    return f"{len(checks)} store{'' if len(checks) == 1 else 's'}"
