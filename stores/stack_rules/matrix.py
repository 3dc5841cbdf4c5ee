"""Who in a stack can do what with its store: proven by the store's last check, inferred by a rule,
broken, or unknown. Pure.

A check runs in a worker of Storeroom's. It proves something for what runs where the workers run,
and for what signs in with the same secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stores import permissions
from stores.flavors.base import Category, SignIn
from stores.models import Component
from stores.permissions import Permission
from stores.stack_rules.facts import Facts
from stores.stack_rules.finding import PROBLEM, Finding
from stores.stack_rules.reach import proven_identity
from stores.stack_rules.whereabouts import NEED_THE_STORE, RunsOn, Whereabouts, whereabouts

OPERATIONS = {"read": "Read", "write": "Write", "list": "List", "delete": "Delete"}
# What keeps everybody who signs in with the store's secret from doing so; the last of them not
# Storeroom's workers, who need no secrets manager in the stack.
NO_SECRET = ("secret-missing", "secret-unreadable", "secret-misfit", "secret-over")
BREAKS_SECRET = (*NO_SECRET, "no-manager")
# What keeps one component from reaching the store.
BREAKS_REACH = ("folder-out-of-reach", "implicit-out-of-reach")
# Failures of a check that everybody meets who does the same, wherever they are.
EVERYWHERE = {
    Category.SIGN_IN,
    Category.SECRET_EXPIRED,
    Category.SECRET_SHAPE,
    Category.CONTAINER_MISSING,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One operation of one component: its mark and a sentence on why."""

    operation: str
    mark: str
    words: str

    @property
    def label(self) -> str:
        """The operation as people say it."""
        return OPERATIONS[self.operation]


@dataclass(frozen=True, slots=True)
class Row:
    """What one component can do; without a component, Storeroom's workers."""

    place: Whereabouts | None
    cells: tuple[Cell, ...]

    @property
    def component(self) -> Component | None:
        """The component, if it is one."""
        return self.place.component if self.place else None

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Why, each sentence once, with the operations that it is about."""
        by_words: dict[str, list[str]] = {}
        for cell in self.cells:
            by_words.setdefault(cell.words, []).append(cell.label)
        every = len(OPERATIONS)
        return [
            ("" if len(labels) == every else ", ".join(labels), words)
            for words, labels in by_words.items()
        ]


def matrix(facts: Facts, findings: Iterable[Finding]) -> list[Row]:
    """A row for Storeroom's workers and for each component that works with the store directly;
    nothing where there is no store that can be opened."""
    if facts.store is None or not facts.store.kind.opens:
        return []
    findings = [finding for finding in findings if finding.level == PROBLEM]
    rights = _rights(facts)
    components = [each for each in facts.sketch.components if each.type in NEED_THE_STORE]
    return [
        Row(None, _workers(facts, findings, rights)),
        *(_row(facts, findings, rights, whereabouts(each)) for each in components),
    ]


def _rights(facts: Facts) -> Mapping[str, Permission]:
    """What the last check proved, by operation."""
    if facts.check is None or facts.store is None:
        return {}
    rows = permissions.matrix(facts.check.steps, facts.store.kind)
    return {row.right: row for row in rows}


def _workers(
    facts: Facts, problems: list[Finding], rights: Mapping[str, Permission]
) -> tuple[Cell, ...]:
    """What the workers can do; nothing where there is no secret to sign in with, or where their
    check did not get as far as any of it."""
    for finding in problems:
        if finding.rule in NO_SECRET and facts.sign_in and facts.sign_in.needs_secret:
            return tuple(Cell(name, "broken", finding.words) for name in OPERATIONS)
    failed = facts.check.failed_step if facts.check else {}
    tried = any(right.mark in ("proven", "refused", "unproven") for right in rights.values())
    if failed and not tried:
        return tuple(Cell(name, "broken", failed["words"]) for name in OPERATIONS)
    return tuple(_by_workers(facts, rights, name) for name in OPERATIONS)


def _by_workers(facts: Facts, rights: Mapping[str, Permission], operation: str) -> Cell:
    """What the check did, itself."""
    right = rights.get(operation)
    if right is None or facts.check is None:
        return Cell(operation, "unknown", _not_checked(facts))
    if right.mark == "proven":
        return Cell(operation, "proven", f"Check {facts.check.pk} did it.")
    if right.mark in ("refused", "unproven"):
        return Cell(operation, "broken" if right.code or right.reason else "unknown", right.words)
    return _untried(facts, operation)


def _not_checked(facts: Facts) -> str:
    failed = facts.check.failed_step if facts.check else {}
    if failed:
        return f"The last check failed before: {failed['words']}"
    return "The store was not checked since it was made or changed."


def _untried(facts: Facts, operation: str) -> Cell:
    """What the check did not try: an account key allows everything, other sign-ins do not tell."""
    steps = facts.check.steps if facts.check else []
    failed = facts.check.failed_step if facts.check else {}
    if failed:
        return Cell(operation, "unknown", f"The last check failed before: {failed['words']}")
    if permissions.facts_of(steps).get("signed_with") == "key":
        return Cell(operation, "inferred", "An account key may do it; the check did not try.")
    return Cell(operation, "unknown", "The check did not try it: the store allows no probes.")


def _row(
    facts: Facts,
    problems: list[Finding],
    rights: Mapping[str, Permission],
    place: Whereabouts,
) -> Row:
    whole = _broken(facts, problems, place) or _out_of_sight(facts, place)
    if whole:
        mark, words = whole
        return Row(place, tuple(Cell(name, mark, words) for name in OPERATIONS))
    return Row(place, tuple(_as_workers(facts, rights, place, name) for name in OPERATIONS))


def _broken(facts: Facts, problems: list[Finding], place: Whereabouts) -> tuple[str, str] | None:
    """What a rule or the check says that keeps the component from all of it."""
    for finding in problems:
        own = finding.rule in BREAKS_REACH and finding.about == place.component
        if own or (finding.rule in BREAKS_SECRET and facts.sign_in and facts.sign_in.needs_secret):
            return "broken", finding.words
    failed = facts.check.failed_step if facts.check else {}
    same = facts.sign_in and facts.sign_in.needs_secret
    if same and failed.get("category") in EVERYWHERE and _secret_as_checked(facts):
        return "broken", failed["words"]
    return None


def _out_of_sight(facts: Facts, place: Whereabouts) -> tuple[str, str] | None:
    """Why the check says nothing of this component, None where it does."""
    sign_in = facts.sign_in
    if sign_in is None:
        return None
    if sign_in.needs_secret:
        if facts.check and not _secret_as_checked(facts):
            return "unknown", "The secret was changed since the store's last check."
        return None
    if place.runs_on == RunsOn.THIS_SERVER:
        return None
    if place.runs_on == RunsOn.THIS_MACHINE:
        return "inferred", (
            "It runs on your own machine, and reaches the folder where that machine is this"
            " server."
            if sign_in == SignIn.NONE
            else "It runs on your own machine, where the variables can be set."
            if sign_in == SignIn.IMPLICIT
            else "It runs on your own machine, and signs in as whoever you are there."
        )
    if place.runs_on == RunsOn.AKS and proven_identity(facts, place.component):
        return None
    if place.runs_on == RunsOn.AKS:
        return "unknown", "It needs a managed identity there, which no check has proven."
    return "unknown", "It signs in as itself, which no check has tried."


def _secret_as_checked(facts: Facts) -> bool:
    """Whether the store's secret is the one, in the version, that its last check used."""
    if facts.check is None or facts.secret is None:
        return False
    secret = facts.secret.secret
    used = facts.check.secret_id, facts.check.secret_version or 0
    return used == (secret.pk, secret.version)


def _as_workers(
    facts: Facts, rights: Mapping[str, Permission], place: Whereabouts, operation: str
) -> Cell:
    """What the check proved for one that runs where the workers do, or signs in as they did."""
    cell = _by_workers(facts, rights, operation)
    if cell.mark != "proven" or facts.check is None:
        return cell
    if place.runs_on == RunsOn.THIS_SERVER:
        how = "from this server, where it runs"
    elif facts.sign_in and facts.sign_in.needs_secret:
        how = "with the same secret, from Storeroom's worker"
    else:
        how = "as the same identity, from Storeroom's worker"
    return Cell(operation, "proven", f"Check {facts.check.pk} did it {how}.")
