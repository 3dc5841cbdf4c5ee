"""How commands print: plain lines and tables that a terminal, a pipe and a grep read alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any


def rows_of(facts: Mapping[str, Any]) -> list[list[str]]:
    """Facts as label and words; one row for each item of a list."""
    rows = []
    for key, value in facts.items():
        items = value if isinstance(value, list) and value else [value]
        rows += [
            [key.replace("_", " ") if place == 0 else "", in_words(item)]
            for place, item in enumerate(items)
        ]
    return rows


def in_words(value: Any) -> str:
    """A value as a person reads it."""
    if value is None or value in ("", [], {}):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={in_words(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    if hasattr(value, "strftime"):
        return value.strftime("%Y-%m-%d %H:%M:%S %Z")
    return " ".join(str(value).split())


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines whose cells begin below each other."""
    rows = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    """How many columns of a terminal the text takes (Unicode's UAX #11)."""
    return sum(
        2 if unicodedata.east_asian_width(sign) in "WF" else not unicodedata.combining(sign)
        for sign in text
    )


def plain(text: str) -> str:
    """The text without what could steer a terminal or break a line."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )
