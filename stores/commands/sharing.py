"""What `share` and `unshare` do, for every kind of thing."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from django.core.management import CommandError

from stores import sharing
from stores.commands import teams

TeamName = Annotated[str, typer.Option("--team", "-t", metavar="TEAM", help="A team you are in.")]
Recursive = Annotated[
    bool,
    typer.Option("--recursive", "-r", help="With what it rests on; secrets to be used, not seen."),
]


def share(user: Any, thing: Any, team: str, role: str, *, parts: bool = False) -> list[str]:
    """Share a thing that the person owns, and say what was shared. Raises `CommandError`."""
    with_whom, given = teams.find(user, team), teams.role_of_name(role)
    try:
        plan = sharing.plan(thing, with_whom, given, user, parts=parts)
        done = sharing.apply(plan, user)
    except sharing.NotShared as error:
        raise CommandError(str(error)) from None
    if not done:
        return [f"Nothing to change: `{team}` has it already."]
    return [
        f"Shared {step.kind} `{step.thing}` with `{team}` as {step.role.word}:"
        f" members can {step.ability}."
        for step in done
    ]


def unshare(user: Any, thing: Any, team: str, *, parts: bool = False) -> list[str]:
    """Share a thing that the person owns no more, and say so. Raises `CommandError`."""
    with_whom = teams.find(user, team)
    taken = sharing.unshare(thing, with_whom, user, parts=parts)
    if not taken:
        raise CommandError(f"`{thing}` is not shared with `{team}`.")
    return [
        f"{sharing.kind_of(each).capitalize()} `{each}` is not shared with `{team}` any more."
        for each in taken
    ]
