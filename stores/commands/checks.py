"""What `artifact-store check` does: queue a check, follow it, and say what it found."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.management import CommandError

from project.access import Role
from stores import dispatch
from stores.check_report import report
from stores.commands.stores import ArtifactStores
from stores.connectivity import STEPS
from stores.models import Check, Store
from stores.models.run import PATIENCE

# Seconds between two looks at a check, and beyond a check's own budget until waiting ends.
LOOK = 0.2
GRACE = 10


def queue(user: Any, name: str) -> Check:
    """Queue a check of the store. Raises `CommandError`."""
    store = ArtifactStores().of_name(user, name, Role.OPERATOR)
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


def facts(check: Check) -> dict[str, Any]:
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


def lines(check: Check) -> list[str]:
    """A check that has ended, as lines."""
    return [
        "",
        f"Check {check.pk}:",
        *(line for step in check.steps for line in step_lines(step)),
        *report_lines(check),
    ]


def last(store: Store) -> Check | None:
    """The last check of the store that has ended."""
    return store.checks.filter(rehearsal=None).exclude(verdict="").first()
