"""A field for names with values."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from project.names_and_values import NamesAndValues

FIELD = NamesAndValues(required=False)


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ({"stage": "prod", "cost": "center=7"}, "stage = prod\ncost = center=7"),
        ({"build": "42", "retries": 3}, 'build = "42"\nretries = 3'),
        ({"hosts": ["a", "b"], "note": "two\nlines"}, 'hosts = ["a", "b"]\nnote = "two\\nlines"'),
        ({"a=b": "1"}, '{"a=b": "1"}'),
        ({"twice": '{"a": 1, "a": 2}'}, 'twice = "{\\"a\\": 1, \\"a\\": 2}"'),
        ({"{a": "x"}, '{"{a": "x"}'),
        ({"note": "\u2028x"}, '{"note": "\u2028x"}'),
        ({}, ""),
    ],
)
def test_what_is_shown_is_read_back_as_it_was(kept: dict[str, Any], shown: str) -> None:
    assert FIELD.prepare_value(kept) == shown
    assert FIELD.clean(shown) == kept


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("prod", "Line 1 is no `name = value`."),
        ("a = 1\n\nprod", "Line 3 is no `name = value`."),
        ("= prod", "Line 1 is no `name = value`."),
        ("a = 1\na = 2", "`a` stands here twice."),
        ("{not json", "Enter a valid JSON."),
        ('{"a": NaN}', "Enter a valid JSON."),
        ('{"a": 1e999}', "Enter a valid JSON."),
        ('{"a": ' + "[" * 100_000, "Enter a valid JSON."),
        ('a = "\\u0000"', "'a' holds a character that cannot be kept."),
        ('a = ["\\ud800"]', "'a' holds a character that cannot be kept."),
        ("a = x\x00", "'a' holds a character that cannot be kept."),
        ('{"\\ud800": 1}', "'\\ud800' holds a character that cannot be kept."),
        ('{"": "x"}', "Each has a name."),
        ('{" ": "x"}', "Each has a name."),
        ('{"a": 1, "b": 2, "a": 3}', "`a` stands here twice."),
        ('a = {"b": 1, "b": 2}', "`b` stands here twice."),
        (
            "a\u202eb = x",
            "'a\\u202eb': A name has no line breaks, control or invisible characters.",
        ),
        (
            '{"a\\nb": 1}',
            "'a\\nb': A name has no line breaks, control or invisible characters.",
        ),
    ],
)
def test_w39_what_cannot_be_read_or_kept_is_refused(typed: str, complaint: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FIELD.clean(typed)

    assert refused.value.messages == [complaint]


@pytest.mark.parametrize("typed", ["NaN", "-Infinity", "1e999", "[" * 100_000])
def test_w39_what_only_looks_like_json_is_text(typed: str) -> None:
    assert FIELD.clean(f"a = {typed}") == {"a": typed}
    assert FIELD.prepare_value({"a": typed}) == f"a = {typed}"


@pytest.mark.parametrize(
    ("typed", "changed"),
    [("a = x y", False), ("a=x y", False), ("a = x  y", True), ("", True), ("a", True)],
)
def test_it_is_changed_where_it_says_something_else(typed: str, changed: bool) -> None:
    assert FIELD.has_changed({"a": "x y"}, typed) is changed
