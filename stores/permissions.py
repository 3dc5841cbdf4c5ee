"""What a check proved that a sign-in may do, row by row, and what a refused row takes. Pure.

Fed by a check's steps as they are stored; every mark stands for something that was done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from stores.flavors.base import Category, Grant

# What Storeroom's features need, and which they are.
FEATURES = {
    "list": ("List", "checks, browsing, both sides of a transfer"),
    "read": ("Read", "checks, browsing, the source of a transfer, verifying its target"),
    "write": ("Write new", "the target of a transfer"),
    "overwrite": ("Overwrite", "the target of a transfer that replaces what is there"),
    "delete": ("Delete", "a transfer that deletes extras, removing the probe"),
    "tags": ("Tags", "copying tags along"),
    "tier": ("Access tier", "moving artifacts to another tier"),
    "share": ("Share links", "links for people without an account"),
}
# What most stores are for; only this is asked of an administrator.
USUAL = ("list", "read", "write", "overwrite", "delete")
# Where a right is tried: in a step of its name, or in one of these.
TRIED_IN = {"overwrite": "write", "tags": "extras", "tier": "extras", "share": "extras"}
REFUSALS = (Category.PERMISSION, Category.SIGN_IN)
# Refusals that a role or a letter ends; others are locks and policies.
GRANTABLE = ("rbac_role", "sas_permission")
MARKS = {
    "proven": "Proven",
    "refused": "Refused",
    "unproven": "Not proven",
    "untried": "Not tried",
}
SIGNED_WITH = {
    "key": "Signs in with an account key",
    "sas": "Signs in with a SAS token",
    "token": "Signs in with an identity",
}


class Grants(Protocol):
    """The flavor, as far as it is asked here."""

    def needs(self, right: str, facts: Mapping[str, str]) -> str:
        """The least that allows the right."""

    def grant(self, rights: Iterable[str], facts: Mapping[str, str]) -> Grant:
        """How all these rights can be allowed."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One row. `mark` is "proven", "refused", "unproven" where it failed for another reason, or
    "untried"; `words` say what was done, or why not; the rest is as in `StoreError`."""

    right: str
    label: str
    used_for: str
    mark: str
    words: str
    needs: str
    code: str = ""
    request_id: str = ""
    reason: str = ""
    action: str = ""
    command: str = ""

    @property
    def word(self) -> str:
        """Its mark as people say it."""
        return MARKS[self.mark]

    def as_dict(self) -> dict[str, str]:
        """The row as JSON can hold it."""
        return asdict(self)


def facts_of(steps: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Everything that the steps found out."""
    return {name: value for step in steps for name, value in step.get("facts", {}).items()}


def matrix(steps: Sequence[Mapping[str, Any]], flavor: Grants) -> list[Permission]:
    """A row for each right that the flavor knows; nothing where a check has not got so far."""
    facts = facts_of(steps)
    by_name = {step["name"]: step for step in steps}
    if "list" not in by_name:
        return []
    return [
        _row(right, by_name, flavor.needs(right, facts))
        for right in FEATURES
        if right in USUAL or flavor.needs(right, facts)
    ]


def _row(right: str, by_name: Mapping[str, Any], needs: str) -> Permission:
    step = by_name.get(right) or {}
    around = by_name.get(TRIED_IN.get(right, right)) or by_name.get("write") or {}
    parts = {part["name"]: part for part in around.get("parts", ())}
    tried = parts.get(right) or (step if step.get("mark") != "skipped" else {})
    mark = _mark(tried)
    untried = around["words"] if around.get("mark") == "skipped" else "Not tried."
    label, used_for = FEATURES[right]
    details = ("code", "request_id", "reason", "action", "command")
    return Permission(
        right,
        label,
        used_for,
        mark,
        tried.get("words") or untried,
        needs,
        **{name: tried.get(name, "") for name in details},
    )


def _mark(tried: Mapping[str, Any]) -> str:
    if tried.get("mark") == "ok":
        return "proven"
    if tried.get("mark") == "failed":
        return "refused" if tried.get("category") in REFUSALS else "unproven"
    return "unproven" if tried.get("mark") == "unknown" else "untried"


def signs_in_as(steps: Iterable[Mapping[str, Any]]) -> str:
    """How the check signed in, as a sentence without its full stop; "" where no step tells."""
    steps = list(steps)
    said = next((s["words"] for s in steps if s["name"] == "identity" and s["mark"] == "ok"), "")
    return said.rstrip(".") or SIGNED_WITH.get(facts_of(steps).get("signed_with", ""), "")


def message(
    rows: Sequence[Permission],
    steps: Sequence[Mapping[str, Any]],
    flavor: Grants,
    where: str,
    when: str,
) -> str:
    """What to send to whoever administers the cloud; "" where a right would not help. Holds no
    credential."""
    refused = [row for row in rows if row.right in USUAL and row.reason in GRANTABLE]
    granted = flavor.grant([row.right for row in refused], facts_of(steps))
    if not refused or not granted.action:
        return ""
    lines = [
        f"Please allow Storeroom more on {where}.",
        "",
        f"{signs_in_as(steps)}. Refused on {when}:",
        *(
            f"- {row.label}, for {row.used_for} ({row.code}, request {row.request_id or '–'})"
            for row in refused
        ),
        "",
        granted.action,
    ]
    return "\n".join([*lines, *([granted.command] if granted.command else [])])
