"""Whose things are they: owners, teams, roles, and the one query that says who sees what.

Every list, page, picker, command and task asks here. Today's rule is the simplest: the owner and
superusers have every role, and what belongs to nobody comes with the installation and serves all.
"""

from __future__ import annotations

import unicodedata
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

Person = AbstractBaseUser | AnonymousUser


class Role(models.IntegerChoices):
    """What a person may do with a thing; each role includes those before it."""

    VIEWER = 1, "Viewer: sees settings, state and history"
    OPERATOR = 2, "Operator: also runs checks and transfers"
    EDITOR = 3, "Editor: also changes it, and uses its secrets without seeing them"
    OWNER = 4, "Owner: also shares and deletes it"


# What everybody may do with the things that come with the installation.
ROLE_ON_BUILT_IN = Role.OPERATOR


class OwnedQuerySet(models.QuerySet[Any]):
    """Things with an owner."""

    def visible_to(self, user: Any, role: Role = Role.VIEWER) -> Self:
        """Those on which `user` has `role` or more."""
        if not user.is_active:
            return self.none()
        if user.is_superuser:
            return self.all()
        mine = Q(owner=user)
        if role <= ROLE_ON_BUILT_IN:
            mine |= Q(owner=None, team=None)
        return self.filter(mine)


class Owned(models.Model):
    """A thing that belongs to a person, maybe to a team, or to the installation itself."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Nobody: it comes with the installation and serves everyone.",
    )
    team = models.ForeignKey(
        "auth.Group", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[Any] = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def built_in(self) -> bool:
        """Whether it comes with the installation and serves everyone."""
        return self.owner_id is None and self.team_id is None

    def allows(self, user: Any, role: Role) -> bool:
        """Whether `user` has `role` or more on this thing."""
        return type(self)._default_manager.visible_to(user, role).filter(pk=self.pk).exists()

    def people(self, role: Role) -> models.QuerySet[Any]:
        """Everybody who has `role` or more on this thing: `visible_to` from the other side."""
        active = get_user_model()._default_manager.filter(is_active=True)
        if self.owner_id is None and self.team_id is None and role <= ROLE_ON_BUILT_IN:
            return active
        return active.filter(Q(is_superuser=True) | Q(pk=self.owner_id))


def validate_name(name: str) -> None:
    """Refuse names that could not be written in a command or would not show as they are.

    Line breaks, control and direction characters break tables and logs; a slash separates a
    store from a prefix in `transfer plan STORE/PREFIX`; a leading dash reads as an option.
    """
    if {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(character) for character in name}:
        raise ValidationError("A name has no line breaks, control or invisible characters.")
    if "/" in name or name.startswith("-") or name != name.strip():
        raise ValidationError(
            "A name has no slash, does not begin with a dash, and has no space at its ends."
        )


def name_constraints(*per: str) -> list[models.BaseConstraint]:
    """A name once in a team, once for an owner where there is no team, once among what comes
    with the installation; for each value of the fields `per`, where they are given."""
    return [
        models.UniqueConstraint(
            fields=[*per, "team", "name"],
            name="%(app_label)s_%(class)s_name_in_team",
            violation_error_message="Your team has one of this name already.",
        ),
        models.UniqueConstraint(
            fields=[*per, "owner", "name"],
            condition=Q(team=None),
            name="%(app_label)s_%(class)s_name_of_owner",
            violation_error_message="You have one of this name already.",
        ),
        models.UniqueConstraint(
            fields=[*per, "name"],
            condition=Q(team=None, owner=None),
            name="%(app_label)s_%(class)s_name_built_in",
            violation_error_message="The installation has one of this name already.",
        ),
    ]


class Named(Owned):
    """An owned thing with a name, unique in its team, or for its owner where there is no team."""

    name = models.CharField(max_length=100, validators=[validate_name])
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        ordering = ["name"]
        constraints = name_constraints()

    def __str__(self) -> str:
        return self.name


class Part(Named):
    """What a stack is made of: stores, secrets managers and the other components share this."""

    flavor = models.CharField(max_length=50)
    configuration = models.JSONField(default=dict, blank=True)
    labels = models.JSONField(default=dict, blank=True)

    class Meta(Named.Meta):
        abstract = True
