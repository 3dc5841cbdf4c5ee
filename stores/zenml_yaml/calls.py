"""Takes pasted commands apart as a shell does, and runs nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stores.zenml_yaml.document import Refused

COMMAND = re.compile(r"\s*(?:[$%>]\s+)?(?:\S*python[\d.]*\s+)?(?:\S*/)?(?:zenml|manage\.py)\s")
PROMPT = re.compile(r"[$%>]")
PROGRAM = re.compile(r"(?:.*/)?(?:zenml|manage\.py)")
# Options without a value: those of any command, and those of ours that say something of a thing.
FLAGS = ("share", "set", "interactive", "i", "force", "yes", "y")
SWITCHES = ("allow_probes", "allow_implicit", "production")
MOST_LINES = 5000
# ZenML's word for "and the like" in its documentation.
ELLIPSIS = ("...", "…")


def is_commands(content: bytes) -> bool:
    """Whether the first line that says anything calls `zenml`, or Storeroom's own command."""
    for line in content[:10_000].decode("utf-8-sig", "replace").splitlines():
        if line.strip() and not line.lstrip().startswith(("#", "```")):
            return bool(COMMAND.match(line))
    return False


def calls(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each command's first line and its words, after `zenml`. Raises `Refused`."""
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise Refused(f"there are more than {MOST_LINES} lines.")
    pending, start = "", 0
    for number, line in enumerate(lines, 1):
        if not pending and (not line.strip() or line.lstrip().startswith(("#", "```"))):
            continue
        start = start or number
        if line.rstrip().endswith("\\") and number < len(lines):
            pending += line.rstrip()[:-1] + " "
            continue
        try:
            words = shlex.split(pending + line)
        except ValueError:
            raise Refused("a quotation mark of this command is not closed.", start) from None
        yield start, _after_program(words, start)
        pending, start = "", 0


def _after_program(words: Sequence[str], line: int) -> list[str]:
    rest = list(words)
    while rest and (PROMPT.fullmatch(rest[0]) or "python" in rest[0]):
        rest.pop(0)
    if not rest or not PROGRAM.fullmatch(rest[0]):
        raise Refused("this is no `zenml … register …` command.", line)
    return rest[1:]


@dataclass(slots=True)
class Call:
    """A command's options by name, and its other words, which it has after its verb."""

    options: dict[str, list[str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def one(self, *names: str) -> str:
        """What the option was given last, under any of its names; "" where it was not."""
        given = [value for name in names for value in self.options.get(name, [])]
        return given[-1] if given else ""


def taken_apart(words: Sequence[str]) -> Call:
    """The options and the other words of a command."""
    call = Call()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in ELLIPSIS:
            continue
        if not word.startswith("-") or word == "-":
            call.words.append(word)
            continue
        name, equals, value = word.lstrip("-").partition("=")
        name = name.replace("-", "_")
        if not equals:
            takes = name not in (*FLAGS, *SWITCHES) and rest and not rest[0].startswith("--")
            value = rest.pop(0) if takes else ""
        call.options.setdefault(name, []).append(value)
    return call
