"""Reads pasted `zenml … register …` lines as what they would make.

Values of secrets are kept apart from everything that is shown, and no word of a line that was not
understood is repeated: it may be a value that lost its option.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from secrets_app.schemas import SCHEMAS, Schema, canonical_name
from stores.part_types import ARTIFACT_STORE, SECRETS_MANAGER, SHORT
from stores.zenml_yaml.calls import FLAGS, Call, calls, taken_apart
from stores.zenml_yaml.document import Bundle, Entry, PastedSecret, Refused, StackEntry
from stores.zenml_yaml.parsing import decoded
from stores.zenml_yaml.reading import checked_flavor, checked_name

TYPES = tuple(SHORT.values())
LABELS = ("label", "labels", "l")
# What an import does not do, and who does.
LEFT_OUT = {
    "set": "make the stack active afterwards",
    "share": "share it afterwards",
    "team": "move it into the team afterwards",
    "connector": "there are no service connectors here",
}
NOT_SETTINGS = (
    *("flavor", "f", "description", "d", "as", "c", "resource_id", "r"),
    *(*FLAGS, *LABELS, *LEFT_OUT),
)
# Options of ours that are fields, and no settings.
OF_STORES = ("sign_in",)
OF_COMPONENTS = ("runs_on", "identity")
FORM = "pasted commands"
PLACEHOLDER = re.compile(r"<[^<>]*>")
CLOSE = 0.85


def read_commands(bundle: Bundle, content: bytes) -> None:
    """Add to the bundle what the commands would make. Raises `Refused`."""
    for line, words in calls(decoded(content)):
        try:
            _read_call(bundle, words, line)
        except Refused as refused:
            raise Refused(refused.words, refused.line or line) from None


def _read_call(bundle: Bundle, words: list[str], line: int) -> None:
    group, verb, *rest = [*words, "", ""] if len(words) < 2 else words
    kind = group.replace("-", "_")
    if kind == SECRETS_MANAGER and verb == "secret" and rest[:1] == ["register"]:
        bundle.secrets.append(_secret(bundle, taken_apart(rest[1:]), line))
    elif kind == "secret" and verb in ("create", "register"):
        bundle.secrets.append(_secret(bundle, taken_apart(rest), line))
    elif kind == "stack" and verb == "register":
        bundle.stacks.append(_stack(bundle, taken_apart(rest), line))
    elif kind in TYPES and verb == "register":
        bundle.add(_component(bundle, kind, taken_apart(rest), line))
    elif all(re.fullmatch("[a-z][a-z-]{0,29}", word) for word in (group, verb)):
        bundle.notes.append(f"Line {line}: `{group} {verb}` makes nothing that is imported.")
    else:
        raise Refused("this is no `zenml … register …` command.")


def _name_of(call: Call) -> str:
    """The one word of a command that belongs to no option. Raises `Refused`."""
    if len(call.words) != 1:
        raise Refused("a command names one thing; here are more words, or none.")
    return checked_name(_no_placeholder(call.words[0]), 0)


def _no_placeholder(text: str) -> str:
    if PLACEHOLDER.fullmatch(text):
        raise Refused("what stands in <angle brackets> is a placeholder; fill it in.")
    return text


def _is_file(value: str) -> bool:
    """Whether a value is `@file`, which ZenML would read."""
    return value.startswith("@") and not value.startswith("@@")


def _no_escape(value: str) -> str:
    """The value itself; one that begins with `@` is written `@@`."""
    return value.removeprefix("@") if value.startswith("@@") else value


def _component(bundle: Bundle, kind: str, call: Call, line: int) -> Entry:
    flavor = checked_flavor(_no_placeholder(call.one("flavor", "f")), 0)
    configuration = {}
    for name, values in call.options.items():
        if name in NOT_SETTINGS:
            continue
        if not _shown(name):
            raise Refused("an option has no name that could be one.")
        if len(values) > 1:
            raise Refused(f"--{name} is given twice.")
        if _is_file(values[0]):
            raise Refused(f"the value of `{name}` is in a file, which is not here: paste it.")
        configuration[name] = _no_placeholder(_no_escape(values[0]))
    own = {ARTIFACT_STORE: OF_STORES, SECRETS_MANAGER: ()}.get(kind, OF_COMPONENTS)
    ours: dict[str, Any] = {name: configuration.pop(name) for name in own if name in configuration}
    if labels := _labels(call):
        ours["labels"] = labels
    if "allow_probes" in configuration:
        ours["allow_probes"] = configuration.pop("allow_probes").lower() != "false"
    configuration.pop("allow_implicit", None)
    description = call.one("description")
    if description:
        ours["description"] = description
    _note_what_is_left_out(bundle, call, line)
    return Entry(kind, _name_of(call), flavor, configuration, line, extras=ours)


def _labels(call: Call) -> dict[str, str]:
    """The labels, each given as KEY=VALUE. Raises `Refused`."""
    labels: dict[str, str] = {}
    for given in (each for name in LABELS for each in call.options.get(name, [])):
        key, equals, value = given.partition("=")
        if not (key.strip() and equals and value):
            raise Refused("a label is written KEY=VALUE.")
        if labels.setdefault(key, value) != value:
            raise Refused("a label is given twice.")
    return labels


def _note_what_is_left_out(bundle: Bundle, call: Call, line: int) -> None:
    for option, words in LEFT_OUT.items():
        if option in call.options:
            bundle.notes.append(f"Line {line}: --{option} is left out; {words}.")


def _stack(bundle: Bundle, call: Call, line: int) -> StackEntry:
    parts = []
    for name, values in call.options.items():
        kind = SHORT.get(name, name)
        if kind in TYPES:
            parts += [(kind, checked_name(_no_placeholder(value), 0)) for value in values]
        elif name not in FLAGS and name not in ("description", "as", "team", "production"):
            raise Refused(f"`stack register` has no option {_shown(name) or 'of this name'}.")
    _note_what_is_left_out(bundle, call, line)
    description = call.one("description")
    extras: dict[str, Any] = {"description": description} if description else {}
    if "production" in call.options:
        extras["production"] = True
    return StackEntry(_name_of(call), "", FORM, parts, line, extras=extras)


def _secret(bundle: Bundle, call: Call, line: int) -> PastedSecret:
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
        if _is_file(value):
            raise Refused(
                f"the value of `{attribute}` is in a file, which is not here: register the secret"
                " with the command, or paste the value."
            )
        if not value or PLACEHOLDER.fullmatch(value) or value == "-":
            raise Refused(f"`{attribute}` has no value; fill it in.")
        values[attribute] = _no_escape(value)
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
