"""What a rule says about a stack, and how it can be mended. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PROBLEM = "problem"
WARNING = "warning"
LOSES = "loses"
# The worst first.
LEVELS = (PROBLEM, WARNING, LOSES)


@dataclass(frozen=True, slots=True)
class Mend:
    """What one click does: `kind` says what, `key` with which thing, `words` stand on the
    button."""

    kind: str
    words: str
    key: int = 0

    @property
    def slug(self) -> str:
        """What tells it from the finding's other mends."""
        return f"{self.kind}-{self.key}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement about a stack.

    `rule` is the rule's name, `about` the part that it is about, None for the stack itself.
    `level` is "problem", "warning", or "loses" for what one has to do without. `action` says what
    to do about it, `commands` what to type for that, with placeholders in capitals, and `mends`
    what Storeroom can do by itself.
    """

    rule: str
    level: str
    about: Any
    words: str
    action: str = ""
    commands: str = ""
    mends: tuple[Mend, ...] = ()

    @property
    def id(self) -> str:
        """The same as long as the rule says it of the same part: "secret-missing:store:4"."""
        if self.about is None:
            return f"{self.rule}:stack"
        return f"{self.rule}:{self.about._meta.model_name}:{self.about.pk}"

    @property
    def head(self) -> str:
        """The name of the part, "" where the words begin with it already."""
        name = self.about.name if self.about else ""
        return "" if self.words.startswith(name) else name

    @property
    def brief(self) -> str:
        """Its first sentence, as a list has room for."""
        first, end, _ = self.words.partition(". ")
        return first + end.strip()


def problems(findings: list[Finding]) -> list[Finding]:
    """Those without which the stack would work."""
    return [finding for finding in findings if finding.level == PROBLEM]
