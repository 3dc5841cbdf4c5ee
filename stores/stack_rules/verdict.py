"""One sentence about a whole stack. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stores.models import Check
from stores.stack_rules.finding import LEVELS, LOSES, PROBLEM, WARNING, Finding


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state` is "problem", "warning", "fine", or "checking" while a worker is at it."""

    state: str
    words: str


def verdict(findings: Iterable[Finding], running: Check | None = None) -> Verdict:
    """What all findings come to; `running` is a check of the store that has not ended. That no
    check found the store good is a finding of its own."""
    found = list(findings)
    count = {level: sum(each.level == level for each in found) for level in LEVELS}
    if running is not None:
        return Verdict("checking", _progress(running))
    if count[PROBLEM]:
        warnings = f" and {_number(count[WARNING], 'warning')}" if count[WARNING] else ""
        return Verdict(
            "problem",
            f"{_number(count[PROBLEM], 'problem')}{warnings}: this stack does not work as it is.",
        )
    if count[WARNING]:
        return Verdict(
            "warning",
            f"Nothing is known to be broken, but {_number(count[WARNING], 'warning')}"
            f" {'is' if count[WARNING] == 1 else 'are'} to be looked at.",
        )
    loses = " You lose what is named below." if count[LOSES] else ""
    return Verdict("fine", f"No rule objects, and the store's last check was good.{loses}")


def worst(findings: Iterable[Finding]) -> Finding | None:
    """The first of the gravest level."""
    return min(findings, key=lambda each: LEVELS.index(each.level), default=None)


def _progress(check: Check) -> str:
    if check.untaken:
        return (
            "No worker is listening on queue `checks`. The stack was not tested. It is tested as"
            " soon as a worker starts."
        )
    if check.status == Check.Status.QUEUED:
        return "Waiting for a worker."
    done = len(check.steps)
    return f"A worker checks the store: {done} step{'' if done == 1 else 's'} done."


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
