"""The team that a thing belongs to, and its labels, as every command is given them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from project.access import Role
from project.commands import UsageError
from stores.commands import teams

InTeam = Annotated[
    str,
    typer.Option(
        "--team",
        metavar="TEAM",
        show_default=False,
        help="The team that it belongs to, in which you are Editor or more.",
    ),
]
OtherTeam = Annotated[
    str | None,
    typer.Option(
        "--team",
        metavar="TEAM",
        show_default=False,
        help="Move it into this team; `--team=` moves it out of its team. For its owners.",
    ),
]
Labels = Annotated[
    list[str] | None,
    typer.Option(
        "--label",
        "-l",
        metavar="KEY=VALUE",
        show_default=False,
        help="A label; may be given more than once.",
    ),
]
OtherLabels = Annotated[
    list[str] | None,
    typer.Option(
        "--label",
        "-l",
        metavar="KEY=VALUE",
        show_default=False,
        help="A label, beside those that it has; KEY alone removes one. May be given more than"
        " once.",
    ),
]


def team_as_typed(user: Any, name: str) -> int | str:
    """What a form takes for the team of this name, "" for none. Raises `CommandError`, also where
    the person could put nothing into it."""
    return teams.find(user, name, Role.EDITOR).pk if name else ""


def labelled(before: Mapping[str, Any], given: Iterable[str]) -> dict[str, Any]:
    """The labels with those that are given as KEY=VALUE, without those of which only the key is.
    Raises `UsageError`."""
    labels = dict(before)
    named = set()
    for each in given:
        key, equals, value = each.partition("=")
        if not key.strip() or (equals and not value):
            raise UsageError("A label is written KEY=VALUE.")
        if key in named:
            raise UsageError(f"The label `{key}` is given twice.")
        named.add(key)
        if equals:
            labels[key] = value
        elif labels.pop(key, None) is None:
            raise UsageError(f"There is no label `{key}` to remove; a new one is KEY=VALUE.")
    return labels
