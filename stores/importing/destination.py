"""Whose the new things of an import become, and among which it finds those that are here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from project.access import Namespace, Owned, Role, in_namespace

BUILT_IN = in_namespace(("owner", None))


@dataclass(frozen=True, slots=True)
class Destination:
    """A person's own things; with a team, in which they are Editor or more, that team's."""

    user: Any
    team: Any = None

    @property
    def namespace(self) -> Namespace:
        """What the names of new things are unique in."""
        return ("owner", self.user.pk) if self.team is None else ("team", self.team.pk)

    @property
    def own(self) -> Q:
        """The things that are there already, beside which new ones will be."""
        return in_namespace(self.namespace)

    def usable(self, things: Any) -> Any:
        """Those that new things may be joined with. What is the person's alone is of no use to a
        team: it has its own, what is shared with it, and what comes with the installation."""
        usable = things.visible_to(self.user, Role.OPERATOR)
        if self.team is None:
            return usable
        shared = things.filter(shares__group=self.team.pk)
        return usable.filter(self.own | BUILT_IN | Q(pk__in=shared.values("pk")))

    def new(self, kind: type[Owned]) -> Any:
        """A thing of this kind that is not saved yet, for a form to fill in."""
        return kind(owner=self.user, team=self.team)
