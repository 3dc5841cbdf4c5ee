"""What becomes of a rehearsal: the switch once all stores passed, and the way back.

The only writer of rehearsals' states. Whoever writes one holds the lock of its secret, and takes
it before any other, so that no two ever wait for each other.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from project import audit
from secrets_app.models import NotKept, Secret
from stores.flavors.base import Category
from stores.models import Check, Rehearsal, Run, Store

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
                store=store,
                requested_by=by,
                rehearsal=rehearsal,
                secret=secret,
                secret_version=version,
            )
        _decide(rehearsal)
        return rehearsal


def settle_check(check: Check) -> None:
    """What the end of a check means for a rehearsal: its own, or the one that brought the version
    into use with which the check failed. Called in the transaction that ends the check."""
    if check.rehearsal_id:
        _decide(_locked(check.rehearsal_id))
    elif check.verdict in (Store.State.FAILING, Store.State.DEGRADED):
        _take_back(check)


def settle_left() -> None:
    """Decide rehearsals whose last checks went with their stores, so that nobody ends them."""
    left = Rehearsal.objects.filter(state=State.CHECKING).exclude(checks__in=Check.objects.open())
    for number in left.values_list("pk", flat=True):
        with transaction.atomic():
            _decide(_locked(number))


def force(rehearsal: Rehearsal, by: Any) -> list[Check] | None:
    """Take the version into use although not all stores passed. The checks that show every store
    with it; None when it could not be."""
    with transaction.atomic():
        rehearsal = _locked(rehearsal.pk)
        return _switch(rehearsal, by, "on demand") if rehearsal.may_be_forced else None


def _locked(number: int) -> Rehearsal:
    """The rehearsal as it is once its secret is locked, by which it stays so."""
    Secret.objects.select_for_update(of=("self",)).get(rehearsals=number)
    locked: Rehearsal = Rehearsal.objects.get(pk=number)
    return locked


def _decide(rehearsal: Rehearsal) -> None:
    """Once all checks have ended: switch, or say which stores refuse the version. A store that
    names another secret by now has no say."""
    if rehearsal.state != State.CHECKING or rehearsal.checks.open().exists():
        return
    naming = Store.objects.naming(rehearsal.secret)
    checks = list(rehearsal.checks.filter(store__in=naming).select_related("store"))
    failed = [check for check in checks if not _passed(check)]
    if failed:
        why = "; ".join(f"`{check.store}`: {check.words or check.error}" for check in failed)
        in_use = f"Version {rehearsal.previous} stays in use" if rehearsal.previous else "Not used"
        _move(rehearsal, State.REFUSED, f"{in_use}. {why}")
        _record(rehearsal, None, "refused", f"{_names(failed)} did not pass")
    elif rehearsal.switch:
        _switch(rehearsal, rehearsal.requested_by, f"after a rehearsal with {_tally(checks)}")
    else:
        _move(rehearsal, State.PASSED, f"Passed with {_tally(checks)}.")


def _passed(check: Check) -> bool:
    """Whether the store works with the version at least as well as it did."""
    return check.verdict == Store.State.HEALTHY or check.as_before


def _switch(rehearsal: Rehearsal, by: Any, how: str) -> list[Check] | None:
    """Take the version into use, and make the checks that show every store with it; None, and the
    rehearsal withdrawn, where that is not what it was about."""
    secret = rehearsal.secret
    if secret.version != rehearsal.previous:
        _move(rehearsal, State.WITHDRAWN, f"Version {secret.version} was made current meanwhile.")
        return None
    try:
        secret.make_current(rehearsal.version)
    except NotKept as error:
        _move(rehearsal, State.WITHDRAWN, str(error))
        return None
    _move(rehearsal, State.SWITCHED, f"In use {how}.", switched_at=Now())
    _record(rehearsal, by, "switched", how)
    return _check_all(secret, by)


def _check_all(secret: Secret, by: Any) -> list[Check]:
    """A check of every store that uses the secret. An open one would not do: it may have read the
    version before; nobody sees these until the version is in use. The tick rings for them."""
    return [
        Check.objects.create(store=store, requested_by=by)
        for store in Store.objects.naming(secret).openable()
    ]


def _take_back(check: Check) -> None:
    """Bring the version before back, where the check failed with one that is being watched, for a
    reason that may lie in the secret, and the store worked better until then."""
    if check.secret_id is None or check.reason[1] in NOT_THE_SECRETS:
        return
    secret = Secret.objects.select_for_update().get(pk=check.secret_id)
    watching = secret.rehearsals.watching().filter(version=check.secret_version).first()
    if watching is None or not _got_worse(check, watching):
        return
    words = f"`{check.store}` failed with version {watching.version}: {check.words}"
    try:
        secret.make_current(watching.previous)
    except NotKept as error:
        _move(watching, State.SWITCHED, f"Not taken back. {error} {words}", switched_at=None)
        _record(watching, None, "not taken back", f"{error} {words}")
        return
    _move(watching, State.RETURNED, f"Version {watching.previous} is in use again. {words}")
    _record(watching, None, "taken back", f"version {watching.previous} again: {words}")
    _check_all(secret, watching.requested_by)


def _got_worse(check: Check, watching: Rehearsal) -> bool:
    """Whether the store did better until the version was taken into use: in its rehearsal, or else
    with the version before. One that nothing is known of counts as one that could be read."""
    moment = watching.switched_at
    tried = watching.checks.filter(
        store=check.store_id, status=Run.Status.DONE, finished_at__lte=moment
    ).first()
    before = tried or watching.last_before(check.store, moment)
    if check.verdict == Store.State.DEGRADED:
        return before is not None and before.verdict == Store.State.HEALTHY
    return before is None or before.verdict != Store.State.FAILING


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


def _tally(checks: list[Check]) -> str:
    """How many stores there are, and which of them fail as they do without the version."""
    count = f"{len(checks) or 'no'} store{'' if len(checks) == 1 else 's'}"
    as_before = [check for check in checks if check.as_before]
    return f"{count} (failing as before: {_names(as_before)})" if as_before else count
