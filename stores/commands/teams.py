"""What the command `team` does."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from django.core.management import CommandError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from project import audit, commands
from project.access import LastOwner, Role, Team
from project.commands import complaints, somebody
from stores import handing_over, team_stacks
from stores.forms import TeamForm
from stores.inviting import invite
from stores.sharing import items_of

COLUMNS = ("name", "you_are", "members", "description")

RoleName = Annotated[
    str, typer.Option("--role", metavar="ROLE", help="viewer, operator, editor or owner.")
]


def role_of_name(name: str) -> Role:
    """The role of this name. Raises `CommandError`."""
    for role in Role:
        if role.word.lower() == name.lower():
            return role
    names = ", ".join(role.word.lower() for role in Role)
    raise CommandError(f"There is no role `{name}`; there are {names}.")


def find(user: Any, name: str, role: Role = Role.VIEWER) -> Team:
    """The team of exactly this name. Raises `CommandError`, also where they lack the role in it:
    then the audit notes the refusal."""
    visible = Team.objects.visible_to(user)
    team: Team | None = visible.filter(name=name).first()
    if team is None:
        near = difflib.get_close_matches(name, visible.values_list("name", flat=True), n=1)
        guess = f" Did you mean `{near[0]}`?" if near else ""
        raise CommandError(f"There is no team `{name}`.{guess}")
    if not team.allows(user, role):
        audit.record(user, "refused", team, f"by a command: this needs {role.label}")
        raise CommandError(f"{user} is in `{name}`, but lacks the role for this: {role.label}.")
    return team


def name_of(key: int | None, user: Any) -> str | None:
    """What the team of this key is called, for those who are in it or see all teams."""
    if key is None:
        return None
    name: str | None = (
        Team.objects.visible_to(user).filter(pk=key).values_list("name", flat=True).first()
    )
    return name


def create(user: Any, name: str, description: str, others: Sequence[str], role: str) -> str:
    """Make a team with the people of these names, and say so. Raises `CommandError`."""
    form = TeamForm({"name": name, "description": description})
    if not form.is_valid():
        raise CommandError(f"`{name}` was not made. {complaints(form)}")
    people, given = [somebody(other) for other in others], role_of_name(role)
    try:
        with transaction.atomic():
            team = Team.objects.found(by=user, **form.cleaned_data)
            audit.record(user, "added", team)
            for other in people:
                _admit(user, team, other, given)
    except IntegrityError:
        raise CommandError(f"`{name}` was not made: there is a team of this name.") from None
    except LastOwner as error:
        raise CommandError(str(error)) from None
    return f"Made the team `{team}`; {user} is its owner."


def all_facts(user: Any) -> list[dict[str, Any]]:
    """Facts of every team that the person sees."""
    return [_facts(team, user) for team in Team.objects.visible_to(user)]


def facts(team: Team, user: Any) -> dict[str, Any]:
    """What everyone who sees the team may know of it."""
    return _facts(team, user) | {
        "roles": {
            each.user.get_username(): Role(each.role).word
            for each in team.memberships.select_related("user")
        },
        "things": [
            f"{item.kind} {item.thing} as {item.role.word}" for item in items_of(team, user)
        ],
    }


def _facts(team: Team, user: Any) -> dict[str, Any]:
    role = team.role_of(user)
    return {
        "name": team.name,
        "description": team.description,
        "you_are": role.word if role else "not a member",
        "members": team.memberships.count(),
    }


def rename(user: Any, team: Team, name: str) -> str:
    """Call a team otherwise, and say so. Raises `CommandError`."""
    before = team.name
    form = TeamForm({"name": name, "description": team.description}, instance=team)
    if not form.is_valid():
        raise CommandError(f"`{before}` was not renamed. {complaints(form)}")
    with transaction.atomic():
        form.save()
        audit.record(user, "changed", team, f"was called {before}")
    return f"`{before}` is called `{name}` now."


def choose_stack(user: Any, team: Team, name: str) -> str:
    """Let the stack of this name be the one that members work with who chose none, "" for none,
    and say so. Raises `CommandError`, also for a stack that the team has not."""
    if not name:
        team_stacks.choose(team, None, user)
        return f"`{team}` has no default stack any more."
    stack = commands.find(team_stacks.offered(team, user), name, user, kind=f"stack of `{team}`")
    team_stacks.choose(team, stack, user)
    return f"`{stack.name}` is the default stack of `{team}` now."


def add(user: Any, team: Team, name: str, role: str) -> str:
    """Put somebody into a team, or give a member this role, and say so. Raises `CommandError`."""
    other, given = somebody(name), role_of_name(role)
    try:
        with transaction.atomic():
            _admit(user, team, other, given)
    except LastOwner as error:
        raise CommandError(str(error)) from None
    return f"{other} is {given.word} in `{team}`."


def _admit(user: Any, team: Team, other: Any, role: Role) -> None:
    team.admit(other, role)
    audit.record(user, "changed a role in", team, f"{other} is {role.word}")


def remove(user: Any, team: Team, name: str, heir: str) -> str:
    """Take somebody out of a team and say so. Raises `CommandError`, also where they hold things
    of the team and it is not said who gets them."""
    leaving = team.memberships.filter(user__username=name).select_related("user").first()
    if leaving is None:
        raise CommandError(f"`{name}` is not in `{team}`.")
    try:
        held = handing_over.leave(team, leaving.user, user, somebody(heir) if heir else None)
    except (LastOwner, handing_over.NotHandedOver) as error:
        raise CommandError(f"{error} (--heir USER)" if not heir else str(error)) from None
    gone = f" {handing_over.counted(held)} went to {heir}." if held else ""
    return f"{name} is not in `{team}` any more.{gone}"


def delete(user: Any, team: Team) -> str:
    """Delete a team that has nothing of its own, and say so. Raises `CommandError`."""
    name = team.name
    try:
        with transaction.atomic():
            audit.record(user, "deleted", team)
            team.delete()
    except ProtectedError:
        raise CommandError(
            f"`{name}` still has things of its own; move or delete them first."
        ) from None
    return f"Deleted team `{name}`. What was shared with it stays with its owners."


def invite_to(user: Any, team: Team, role: str, email: str, base: str) -> list[str]:
    """Invite somebody and say how the link reaches them."""
    given = role_of_name(role)
    link, why_not = invite(team, given, user, email, lambda path: f"{base.rstrip('/')}{path}")
    if not why_not:
        return [f"The link was mailed to {email}."]
    return [f"{why_not} This link works once, for seven days:", link]
