"""One thing of an import: what there is of it already, and what a person may choose to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Choice(StrEnum):
    """What becomes of one thing of the text."""

    CREATE = "create"
    USE = "use"
    RENAME = "rename"
    OVERWRITE = "overwrite"


class State(StrEnum):
    """How a thing of the text stands to what there is."""

    NEW = "new"
    SAME = "same"
    DIFFERS = "differs"
    REFUSED = "refused"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that is not alike: here, and in the text. Credentials in it are hidden."""

    setting: str
    here: str
    there: str


@dataclass(slots=True)
class Row:
    """One component, secret or stack of the text.

    `chosen` is "" where a person still has to choose among `choices`: their values and words.
    `forms` hold what each choice would save, checked; `existing` is the thing of that name.
    """

    kind: str
    label: str
    name: str
    state: State
    line: int = 0
    source: str = ""
    flavor: str = ""
    words: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    choices: dict[Choice, str] = field(default_factory=dict)
    chosen: Choice | None = None
    existing: Any = None
    forms: dict[Choice, Any] = field(default_factory=dict, repr=False)
    content: Any = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """What tells it from the other rows."""
        return f"{self.kind}/{self.name}"

    @property
    def thing(self) -> Any:
        """What the chosen way leads to: the existing thing, or the one that a form would save."""
        if self.chosen == Choice.USE:
            return self.existing
        return self.forms[self.chosen].instance if self.chosen in self.forms else None

    @property
    def undecided(self) -> bool:
        """Whether a person still has to choose."""
        return self.chosen is None and len(self.choices) > 1

    @property
    def stops(self) -> bool:
        """Whether nothing can be imported while it is so."""
        return self.state == State.REFUSED and not self.choices

    def choose(self, choice: str) -> None:
        """Take a person's choice, where it is one of those offered; else the only one there is."""
        offered = list(self.choices)
        if choice in offered:
            self.chosen = Choice(choice)
        elif len(offered) == 1:
            self.chosen = offered[0]
