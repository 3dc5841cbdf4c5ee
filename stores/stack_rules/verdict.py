"""One sentence about a whole stack. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stores.models import Check, StackCheck
from stores.stack_rules.finding import LEVELS, LOSES, PROBLEM, WARNING, Finding


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state` is "problem", "warning", "fine", or "checking" while a worker is at it."""

    state: str
    words: str


def verdict(
    findings: Iterable[Finding], running: Sequence[Check | StackCheck] = (), opened: int = 0
) -> Verdict:
    """What all findings come to; `running` are the checks of the store and of the secrets that
    have not ended, `opened` is how many secrets the last one could open. That no check found the
    store good is a finding of its own."""
    found = list(findings)
    count = {level: sum(each.level == level for each in found) for level in LEVELS}
    if running:
        return Verdict("checking", _progress(running))
    if count[PROBLEM]:
        warnings = f" and {_number(count[WARNING], 'warning')}" if count[WARNING] else ""
        return Verdict(
            "problem",
            f"{_number(count[PROBLEM], 'problem')}{warnings}: this stack does not work as it is.",
        )
    if any(each.rule == "store-failing" for each in found):
        others = count[WARNING] - 1
        more = f" {_number(others, 'other warning')} below." if others else ""
        return Verdict(
            "warning",
            f"The store's last check failed: nothing that needs the store is known to work.{more}",
        )
    if count[WARNING]:
        return Verdict(
            "warning",
            f"Nothing is known to be broken, but {_number(count[WARNING], 'warning')}"
            f" {'is' if count[WARNING] == 1 else 'are'} to be looked at.",
        )
    loses = " You lose what is named below." if count[LOSES] else ""
    secrets = f" A worker opened {_number(opened, 'secret')}." if opened else ""
    return Verdict(
        "fine", f"No rule objects, and the store's last check was good.{secrets}{loses}"
    )


def worst(findings: Iterable[Finding]) -> Finding | None:
    """The first of the gravest level."""
    return min(findings, key=lambda each: LEVELS.index(each.level), default=None)


def _progress(running: Sequence[Check | StackCheck]) -> str:
    if any(check.untaken for check in running):
        return (
            "No worker is listening on queue `checks`. The stack was not tested. It is tested as"
            " soon as a worker starts."
        )
    taken = [check for check in running if check.status != Check.Status.QUEUED]
    return " ".join(map(_done, taken)) or "Waiting for a worker."


def _done(check: Check | StackCheck) -> str:
    """How far a check is that a worker has taken."""
    if isinstance(check, StackCheck):
        return f"A worker opens the secrets: {len(check.results)} of {check.total} done."
    return f"A worker checks the store: {_number(len(check.steps), 'step')} done."


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
