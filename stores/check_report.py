"""What a check has to tell beside its steps, the same for page, command and JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from stores.connectivity import STEPS
from stores.last_good import Since, since_last_good
from stores.models import Check
from stores.permissions import Permission, facts_of, matrix, message, signs_in_as


@dataclass(frozen=True, slots=True)
class Report:
    """`who` signed in, which address answered (`peer`), what that may do, what to ask the cloud's
    administrator, what changed since it last worked, and a text to hand on with all that support
    asks for."""

    who: str
    peer: str
    permissions: list[Permission]
    request: str
    since: Since | None
    details: str

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return {
            "signed_in_as": self.who,
            "answered_from": self.peer,
            "permissions": [row.as_dict() for row in self.permissions],
            "request_to_administrator": self.request,
            "worked_until": self.since.good.finished_at if self.since else None,
            "changed_since": [asdict(each) for each in self.since.differences]
            if self.since
            else [],
        }

    def lines(self) -> list[str]:
        """The report as lines on a terminal."""
        said = []
        if self.since:
            said.append(f"Worked until {when(self.since.good.finished_at)}. Changed since then:")
            said += [f"  {each.words} {each.note}".rstrip() for each in self.since.differences]
        if self.permissions:
            said.append("What it may do:")
        for row in self.permissions:
            code = f" ({row.code})" if row.code else ""
            said.append(f"  {row.label:<12} {row.word.lower()}{code}")
        if self.request:
            said += ["For the cloud's administrator:", *self.request.splitlines()]
        return said


def report(check: Check) -> Report:
    """The report of a check; nearly empty until it has ended."""
    steps = check.steps
    flavor = check.store.kind
    rows = [] if check.is_open else matrix(steps, flavor)
    request = message(rows, steps, flavor, check.store.path, when(check.finished_at))
    return Report(
        signs_in_as(steps),
        facts_of(steps).get("peer", ""),
        rows,
        request,
        since_last_good(check),
        _details(check),
    )


def when(moment: datetime | None) -> str:
    """A time in the installation's zone, to the second."""
    if moment is None:
        return "–"
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y %H:%M:%S %Z}"


def _details(check: Check) -> str:
    """What support asks for, as text: times, steps, codes, request ids. Holds no credential."""
    facts = facts_of(check.steps)
    lines = [
        f"Check {check.pk} of {check.store} ({check.store.path}): {check.words or check.error}",
        f"At {check.finished_at:%Y-%m-%dT%H:%M:%SZ} by {check.worker}"
        if check.finished_at
        else "Not ended",
        *(f"{name}: {facts[name]}" for name in ("sdk", "peer", "issuer") if name in facts),
    ]
    for step in check.steps:
        code = f" · code {step['code']}" if step.get("code") else ""
        request = f" · request {step['request_id']}" if step.get("request_id") else ""
        label = STEPS.get(step["name"], step["name"])
        lines.append(f"{label}: {step['mark']} · {step.get('ms', 0)} ms{code}{request}")
        if step["mark"] == "failed":
            lines.append(f"    {step['words']}")
    return "\n".join(lines)
