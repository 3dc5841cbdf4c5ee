"""Reads YAML from strangers: plain texts, numbers, lists and mappings, each with its line.

Goes through the parser's events one by one and builds nothing else from them, so that a file is
refused where it first asks for more: tags that build objects, anchors and aliases, a key twice.
https://yaml.org/spec/1.1/, in the reading of PyYAML's safe loader.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import yaml

from stores.zenml_yaml.document import Refused

LONGEST = 256 * 1024
DEEPEST = 20
MOST_NODES = 20_000
LARGEST_INT = 2**63 - 1
LONGEST_NUMBER = 40

# libyaml where PyYAML was built with it: twenty times as fast, the same events.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What YAML keeps out of a stream (spec, 5.1), and what Python's decoder lets through.
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
EXPONENT = re.compile(r"[-+]?(\d[\d_]*\.?\d*|\.\d+)[eE][-+]?\d+", re.ASCII)
RESOLVER = yaml.SafeLoader.yaml_implicit_resolvers
MERGE = "<<"


class Block(dict[str, Any]):
    """A mapping, the line that it begins in and that of each key."""

    line: int = 0
    lines: dict[str, int]


def documents(content: bytes, source: str = "") -> Iterator[Any]:
    """Yield each document of a YAML text. Raises `Refused`, also after some were yielded."""
    text = decoded(content, source)
    try:
        events = yaml.parse(text, Loader=LOADER)
        yield from _Reader(events).documents()
    except Refused as refused:
        raise Refused(refused.words, refused.line, source) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Refused(
            f"this is no YAML ({error.problem}).", mark.line + 1 if mark else 0, source
        ) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # PyYAML's own for escapes that are no character, such as "\\UFFFFFFFF".
        raise Refused("this is no YAML.", 0, source) from None


def decoded(content: bytes, source: str = "") -> str:
    """The text, which is short enough and holds nothing that no text has. Raises `Refused`."""
    if len(content) > LONGEST:
        line = content.count(b"\n", 0, LONGEST) + 1
        raise Refused(f"the text goes on beyond {LONGEST // 1024} KiB.", line, source)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused("this is no UTF-8 text.", line, source) from None
    if found := UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise Refused(f"the character U+{ord(found[0]):04X} has no place in a text.", line, source)
    return text


class _Reader:
    """Builds values from events, and counts what it built."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._nodes = 0

    def documents(self) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                yield self._value(next(self._events), 0)

    def _value(self, event: Any, depth: int) -> Any:
        line = event.start_mark.line + 1
        self._check(event, depth, line)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return list(self._items(depth, yaml.SequenceEndEvent))
        block = Block()
        block.line, block.lines = line, {}
        for key, at, value in self._pairs(depth):
            if key in block:
                raise Refused(f"`{key}` stands here twice.", at)
            block[key] = value
            block.lines[key] = at
        return block

    def _check(self, event: Any, depth: int, line: int) -> None:
        """Raise `Refused` for what no stack file needs."""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Refused("anchors (`&`) and aliases (`*`) are not taken.", line)
        if event.tag is not None:
            raise Refused("tags (`!`) are not taken; they can build objects.", line)
        if depth > DEEPEST:
            raise Refused(f"this is nested deeper than {DEEPEST} levels.", line)
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise Refused(f"there are more than {MOST_NODES} values.", line)

    def _items(self, depth: int, end: type) -> Iterator[Any]:
        while not isinstance(event := next(self._events), end):
            yield self._value(event, depth + 1)

    def _pairs(self, depth: int) -> Iterator[tuple[str, int, Any]]:
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            self._check(event, depth + 1, line)
            if not isinstance(event, yaml.ScalarEvent) or not event.value:
                raise Refused("a key is a text.", line)
            if event.value == MERGE and event.implicit[0]:
                raise Refused("merge keys (`<<`) are not taken.", line)
            yield _text(event.value, line), line, self._value(next(self._events), depth + 1)


def _scalar(event: Any, line: int) -> Any:
    """A text, or what a text without quotation marks stands for."""
    text = event.value
    if not event.implicit[0]:
        return _text(text, line)
    kind = _kind(text)
    if kind == "null":
        return None
    if kind == "bool":
        return yaml.SafeLoader.bool_values[text.lower()]
    if kind == "timestamp":
        raise Refused(f"`{text[:40]}` is a date; write it in quotation marks.", line)
    if kind in ("int", "float") or EXPONENT.fullmatch(text):
        return _number(text, kind, line)
    return _text(text, line)


def _kind(text: str) -> str:
    """What YAML takes a text without quotation marks for: "int", "str", …"""
    for tag, pattern in RESOLVER.get(text[:1], []):
        if pattern.match(text):
            return str(tag).rpartition(":")[2]
    return "str"


def _number(text: str, kind: str, line: int) -> int | float | str:
    """The number. Raises `Refused` for one that neither a database nor JSON can hold."""
    if len(text) > LONGEST_NUMBER:
        raise Refused(f"a number of {len(text)} signs; write it in quotation marks.", line)
    node = yaml.ScalarNode(f"tag:yaml.org,2002:{kind}", text)
    maker = yaml.SafeLoader("")
    number: int | float
    if kind == "int":
        number = maker.construct_yaml_int(node)
        if abs(number) > LARGEST_INT:
            raise Refused("this number is too large; write it in quotation marks.", line)
        return number
    number = maker.construct_yaml_float(node) if kind == "float" else float(text.replace("_", ""))
    if not math.isfinite(number):
        raise Refused("this number is not finite; write it in quotation marks.", line)
    return number if kind == "float" else text


def _text(text: str, line: int) -> str:
    """The same text. Raises `Refused` for signs that came in as escapes, such as `\\0`."""
    for sign in text:
        if sign not in "\t\n\r" and unicodedata.category(sign) in ("Cc", "Cs"):
            raise Refused(f"the character U+{ord(sign):04X} has no place in a text.", line)
    return text
