"""Places are compared part by part, never as the beginning of a text."""

from __future__ import annotations

import pytest

from stores.places import below, is_inside, parts_of


@pytest.mark.parametrize(
    ("place", "outer", "found"),
    [
        (("azure", "acct", "team"), ("azure", "acct", "team"), ()),
        (("azure", "acct", "team", "a", "b"), ("azure", "acct", "team"), ("a", "b")),
        (("azure", "acct", "team-secret"), ("azure", "acct", "team"), None),
        (("azure", "acct"), ("azure", "acct", "team"), None),
        (("azure", "other", "team"), ("azure", "acct", "team"), None),
        (("Team",), ("team",), None),
        (("a",), (), ("a",)),
    ],
)
def test_a_place_is_below_another_by_whole_parts(
    place: tuple[str, ...], outer: tuple[str, ...], found: tuple[str, ...] | None
) -> None:
    assert below(place, outer) == found
    assert is_inside(place, outer) == (found is not None)


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("az://team/a", ("az", "team", "a")),
        ("AZ://Team/a", ("az", "Team", "a")),
        ("/srv/team", ("", "", "srv", "team")),
        ("team/a", ("", "team", "a")),
        ("az://team//a", ("az", "team", "", "a")),
    ],
)
def test_an_address_is_taken_apart(address: str, parts: tuple[str, ...]) -> None:
    assert parts_of(address) == parts
