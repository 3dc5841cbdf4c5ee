"""All rules together. Pure."""

from __future__ import annotations

from stores.stack_rules.facts import Facts
from stores.stack_rules.finding import LEVELS, Finding
from stores.stack_rules.joining import joining
from stores.stack_rules.naming import naming
from stores.stack_rules.reach import reach

RULES = (reach, naming, joining)


def judge(facts: Facts) -> list[Finding]:
    """Everything that the rules say, the worst first."""
    found = [finding for rule in RULES for finding in rule(facts)]
    return sorted(found, key=lambda finding: LEVELS.index(finding.level))
