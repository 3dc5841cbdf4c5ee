"""What is wrong with a stack, as findings. Rules over facts; asks no network.

`facts.collect` gets what the rules have to know, for any number of stacks in a fixed number of
queries; the rules themselves are pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from project.access import Part
from stores.models import Stack
from stores.stack_rules.facts import Facts, Sketch, collect, load_parts
from stores.stack_rules.finding import (
    LEVELS,
    LOSES,
    PROBLEM,
    WARNING,
    Finding,
    Mend,
    problems,
)
from stores.stack_rules.joining import joining
from stores.stack_rules.matrix import OPERATIONS, Cell, Row, matrix
from stores.stack_rules.naming import naming
from stores.stack_rules.opening import named_by
from stores.stack_rules.reach import SCHEMA_OF, reach
from stores.stack_rules.seeing import not_shared, unseen, unseen_parts
from stores.stack_rules.verdict import Verdict, verdict, worst

__all__ = [
    "LEVELS",
    "LOSES",
    "OPERATIONS",
    "PROBLEM",
    "SCHEMA_OF",
    "WARNING",
    "Cell",
    "Facts",
    "Finding",
    "Mend",
    "Row",
    "Sketch",
    "Summary",
    "Verdict",
    "collect",
    "findings",
    "judge",
    "matrix",
    "named_by",
    "not_shared",
    "problems",
    "summaries",
    "unseen",
    "unseen_parts",
    "verdict",
    "worst",
]

RULES = (reach, naming, joining)


def findings(stack: Stack, user: Any = None) -> Iterator[Finding]:
    """Everything that the rules say about the stack, the worst first. For `user` with what they
    may use to mend it, and nothing but that where they may not see every part."""
    load_parts([stack])
    hidden = unseen_parts(stack, user) if user else []
    if hidden:
        yield not_shared(hidden)
    else:
        yield from judge(collect([Sketch.of(stack)], user)[0])


def judge(facts: Facts) -> list[Finding]:
    """Everything that the rules say, the worst first."""
    found = [finding for rule in RULES for finding in rule(facts)]
    return sorted(found, key=lambda finding: LEVELS.index(finding.level))


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list says of a stack to somebody: its gravest finding, and which of its parts are
    not shared with them."""

    worst: Finding | None
    hidden: Sequence[Part]


def summaries(stacks: Iterable[Stack], user: Any) -> dict[int, Summary]:
    """What a list says of each stack to the person, by its key, in a fixed number of queries."""
    loaded: Sequence[Stack] = list(stacks)
    load_parts(loaded)
    sketches = [Sketch.of(stack) for stack in loaded]
    hidden = unseen(sketches, user)
    return {
        stack.pk: Summary(not_shared(parts) if parts else worst(judge(facts)), parts)
        for stack, facts, parts in zip(loaded, collect(sketches), hidden, strict=True)
    }
