"""What somebody holds in a team, and who gets it when they leave."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from project import audit
from project.access import Invitation, Owned, Team
from stores.sharing import KINDS, kind_of


class NotHandedOver(Exception):
    """Somebody holds things of the team, and it is not said who gets them."""


def holdings(team: Team, person: Any) -> list[Owned]:
    """The team's things that the person owns; schedules run in their name."""
    return [
        thing
        for model in KINDS.values()
        for thing in model._default_manager.filter(team=team.pk, owner=person.pk)
    ]


@transaction.atomic
def leave(team: Team, person: Any, by: Any, heir: Any = None) -> list[Owned]:
    """Take the person out of the team; `heir`, another member, gets what they hold there, and the
    invitations that they sent lead nowhere from now on. What was handed over.

    Raises `LastOwner`, and `NotHandedOver` where they hold something and there is no such heir.
    """
    held = holdings(team, person)
    if held and (heir is None or heir == person or team.role_of(heir) is None):
        raise NotHandedOver(f"{person} holds {counted(held)} in {team}. Say who gets that.")
    team.dismiss(person)
    for thing in held:
        thing.owner = heir
        thing.save()
        audit.record(by, "handed over", thing, f"from {person} to {heir}")
    for invitation in Invitation.objects.open().filter(team=team, created_by=person):
        invitation.revoke()
    words = f"{person}; {counted(held)} to {heir}" if held else str(person)
    audit.record(by, "removed a member from", team, words)
    return held


def counted(things: list[Owned]) -> str:
    """How many of each kind, in words: "1 store, 3 schedules"."""
    kinds = [kind_of(thing) for thing in things]
    names = {kind_of(thing): str(thing._meta.verbose_name_plural) for thing in things}
    return ", ".join(
        f"{kinds.count(kind)} {kind if kinds.count(kind) == 1 else _plural(kind, names[kind])}"
        for kind in dict.fromkeys(kinds)
    )


def _plural(kind: str, of_model: str) -> str:
    return f"{kind}s" if of_model == "components" else of_model
