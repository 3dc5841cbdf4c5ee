"""Reads pasted `zenml … register …` lines as what they would make.

The lines are taken apart as a shell does, and nothing is run. Values of secrets are kept apart
from everything that is shown, and no word of a line that was not understood is repeated: it may
be a value that lost its option.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from secrets_app.schemas import SCHEMAS, Schema, canonical_name
from stores.part_types import SECRETS_MANAGER, SHORT
from stores.zenml_yaml.document import Bundle, Entry, PastedSecret, Refused, StackEntry
from stores.zenml_yaml.parsing import decoded
from stores.zenml_yaml.reading import checked_flavor, checked_name

COMMAND = re.compile(r"\s*(?:[$%>]\s+)?(?:\S*python[\d.]*\s+)?(?:\S*/)?(?:zenml|manage\.py)\s")
PROMPT = re.compile(r"[$%>]")
PROGRAM = re.compile(r"(?:.*/)?(?:zenml|manage\.py)")
TYPES = tuple(SHORT.values())
# Options of ours and ZenML's that are no settings; those without a value first.
FLAGS = ("share", "set", "interactive", "i", "force", "yes", "y")
NOT_SETTINGS = ("flavor", "f", "description", "d", "connector", "labels", "l", "as", *FLAGS)
FORM = "pasted commands"
MOST_LINES = 5000
# ZenML's word for "and the like" in its documentation.
ELLIPSIS = ("...", "…")
PLACEHOLDER = re.compile(r"<[^<>]*>")
CLOSE = 0.85


def is_commands(content: bytes) -> bool:
    """Whether the first line that says anything calls `zenml`, or Storeroom's own command."""
    for line in content[:10_000].decode("utf-8-sig", "replace").splitlines():
        if line.strip() and not line.lstrip().startswith(("#", "```")):
            return bool(COMMAND.match(line))
    return False


def read_commands(bundle: Bundle, content: bytes) -> None:
    """Add to the bundle what the commands would make. Raises `Refused`."""
    for line, words in _calls(decoded(content)):
        try:
            _read_call(bundle, words, line)
        except Refused as refused:
            raise Refused(refused.words, refused.line or line) from None


def _calls(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each command's first line and its words, after `zenml`."""
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
class _Call:
    """A command's options by name, and its other words, which it has after its verb."""

    options: dict[str, list[str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def one(self, *names: str) -> str:
        """What the option was given last, under any of its names; "" where it was not."""
        given = [value for name in names for value in self.options.get(name, [])]
        return given[-1] if given else ""


def _taken_apart(words: Sequence[str]) -> _Call:
    call = _Call()
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
            takes = name not in FLAGS and rest and not rest[0].startswith("--")
            value = rest.pop(0) if takes else ""
        call.options.setdefault(name, []).append(value)
    return call


def _read_call(bundle: Bundle, words: list[str], line: int) -> None:
    group, verb, *rest = [*words, "", ""] if len(words) < 2 else words
    kind = group.replace("-", "_")
    if kind == SECRETS_MANAGER and verb == "secret" and rest[:1] == ["register"]:
        bundle.secrets.append(_secret(bundle, _taken_apart(rest[1:]), line))
    elif kind == "secret" and verb in ("create", "register"):
        bundle.secrets.append(_secret(bundle, _taken_apart(rest), line))
    elif kind == "stack" and verb == "register":
        bundle.stacks.append(_stack(bundle, _taken_apart(rest), line))
    elif kind in TYPES and verb == "register":
        bundle.add(_component(bundle, kind, _taken_apart(rest), line))
    elif all(re.fullmatch("[a-z][a-z-]{0,29}", word) for word in (group, verb)):
        bundle.notes.append(f"Line {line}: `{group} {verb}` makes nothing that is imported.")
    else:
        raise Refused("this is no `zenml … register …` command.")


def _name_of(call: _Call) -> str:
    """The one word of a command that belongs to no option. Raises `Refused`."""
    if len(call.words) != 1:
        raise Refused("a command names one thing; here are more words, or none.")
    return checked_name(_no_placeholder(call.words[0]), 0)


def _no_placeholder(text: str) -> str:
    if PLACEHOLDER.fullmatch(text):
        raise Refused("what stands in <angle brackets> is a placeholder; fill it in.")
    return text


def _component(bundle: Bundle, kind: str, call: _Call, line: int) -> Entry:
    flavor = checked_flavor(_no_placeholder(call.one("flavor", "f")), 0)
    configuration = {}
    for name, values in call.options.items():
        if name in NOT_SETTINGS:
            continue
        if not _shown(name):
            raise Refused("an option has no name that could be one.")
        if len(values) > 1:
            raise Refused(f"--{name} is given twice.")
        configuration[name] = _no_placeholder(values[0])
    ours: dict[str, Any] = {}
    if "sign_in" in configuration:
        ours["sign_in"] = configuration.pop("sign_in")
    if "allow_probes" in configuration:
        ours["allow_probes"] = configuration.pop("allow_probes").lower() != "false"
    configuration.pop("allow_implicit", None)
    description = call.one("description")
    if description:
        ours["description"] = description
    return Entry(kind, _name_of(call), flavor, configuration, line, extras=ours)


def _stack(bundle: Bundle, call: _Call, line: int) -> StackEntry:
    parts = []
    for name, values in call.options.items():
        kind = SHORT.get(name, name)
        if kind in TYPES:
            parts += [(kind, checked_name(_no_placeholder(value), 0)) for value in values]
        elif name not in FLAGS and name not in ("description", "as"):
            raise Refused(f"`stack register` has no option {_shown(name) or 'of this name'}.")
    if "set" in call.options:
        bundle.notes.append(f"Line {line}: --set is left out; make the stack active afterwards.")
    description = call.one("description")
    extras = {"description": description} if description else {}
    return StackEntry(_name_of(call), "", FORM, parts, line, extras=extras)


def _secret(bundle: Bundle, call: _Call, line: int) -> PastedSecret:
    name = _name_of(call)
    given = {
        option: values[0]
        for option, values in call.options.items()
        if option not in ("schema", "s", "description", "scope", "as", *FLAGS)
    }
    if any(len(values) > 1 for values in call.options.values()):
        raise Refused("an option is given twice.")
    schema = _schema(call.one("schema", "s"), given)
    values = {}
    for option, value in given.items():
        attribute = _attribute(bundle, schema, option, line)
        if attribute in values:
            raise Refused(f"`{attribute}` is given twice, in two spellings.")
        if value.startswith("@") and not value.startswith("@@"):
            raise Refused(
                f"the value of `{attribute}` is in a file, which is not here: register the secret"
                " with the command, or paste the value."
            )
        if not value or PLACEHOLDER.fullmatch(value) or value == "-":
            raise Refused(f"`{attribute}` has no value; fill it in.")
        values[attribute] = value.removeprefix("@") if value.startswith("@@") else value
    return PastedSecret(name, schema.slug, values, line)


def _schema(slug: str, given: Mapping[str, str]) -> Schema:
    """The kind that is named; without a name the one that has all the attributes."""
    if slug:
        if slug not in SCHEMAS:
            raise Refused(f"there is no schema of this name. Schemas: {', '.join(SCHEMAS)}.")
        return SCHEMAS[slug]
    for schema in SCHEMAS.values():
        known = {attribute.name for attribute in schema.attributes}
        if given and {name.replace("-", "_") for name in given} <= known:
            return schema
    return SCHEMAS["arbitrary"]


def _attribute(bundle: Bundle, schema: Schema, option: str, line: int) -> str:
    """The attribute that an option means; a note where it is spelled otherwise."""
    try:
        name = canonical_name(schema, option)
    except ValidationError as error:
        known = [attribute.name for attribute in schema.attributes]
        near = difflib.get_close_matches(option, known, n=1, cutoff=CLOSE)
        if not near:
            raise Refused(
                f"option {_shown(option) or 'of no name'}: {error.messages[0]}"
            ) from None
        name = near[0]
        bundle.notes.append(f"Line {line}: `--{option}` was read as `--{name}`; it is misspelt.")
        return name
    if name != option:
        bundle.notes.append(f"Line {line}: `--{option}` is the older spelling of `--{name}`.")
    return name


def _shown(name: str) -> str:
    """The option, unless it looks like a value that was typed in its place."""
    return f"`--{name}`" if name.isidentifier() and len(name) <= 40 else ""
