"""What is wrong with a stack, as findings. Rules over facts; asks no network.

`facts.collect` gets what the rules have to know, for any number of stacks in a fixed number of
queries; the rules themselves are pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
from stores.stack_rules.judging import judge
from stores.stack_rules.matrix import OPERATIONS, Cell, Row, matrix
from stores.stack_rules.offers import SCHEMA_OF
from stores.stack_rules.opening import named_by
from stores.stack_rules.seeing import not_shared, unseen, unseen_parts
from stores.stack_rules.summarising import PER_PAGE, Said, Summary, summaries
from stores.stack_rules.verdict import Verdict, verdict, worst

__all__ = [
    "LEVELS",
    "LOSES",
    "OPERATIONS",
    "PER_PAGE",
    "PROBLEM",
    "SCHEMA_OF",
    "WARNING",
    "Cell",
    "Facts",
    "Finding",
    "Mend",
    "Row",
    "Said",
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


def findings(stack: Stack, user: Any = None) -> Iterator[Finding]:
    """Everything that the rules say about the stack, the worst first. For `user` with what they
    may use to mend it, and nothing but that where they may not see every part."""
    load_parts([stack])
    hidden = unseen_parts(stack, user) if user else []
    if hidden:
        yield not_shared(len(hidden))
    else:
        yield from judge(collect([Sketch.of(stack)], user)[0])
