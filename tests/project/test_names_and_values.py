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
        ({}, ""),
    ],
)
def test_what_is_shown_is_read_back_as_it_was(kept: dict[str, Any], shown: str) -> None:
    assert FIELD.prepare_value(kept) == shown
    assert FIELD.clean(shown) == kept


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("prod", "Write each on a line of its own: `name = value`."),
        ("= prod", "Write each on a line of its own: `name = value`."),
        ("a = 1\na = 2", "`a` stands here twice."),
        ("{not json", "Enter a valid JSON."),
    ],
)
def test_what_cannot_be_read_is_refused(typed: str, complaint: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FIELD.clean(typed)

    assert refused.value.messages == [complaint]
