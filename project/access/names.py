"""What owned things are called, and what the parts of stacks have in common."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from project.access.owned import Owned


def refuse_invisible(name: str) -> None:
    """Refuse names, of whatever, that would not show as they are."""
    if {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(character) for character in name}:
        raise ValidationError("A name has no line breaks, control or invisible characters.")


def validate_name(name: str) -> None:
    """Refuse names that could not be written in a command or would not show as they are.

    Line breaks, control and direction characters break tables and logs; a slash separates a
    store from a prefix in `transfer plan STORE/PREFIX`; a leading dash reads as an option.
    """
    refuse_invisible(name)
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

    class Meta(Owned.Meta):
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
    # What a file said of it that nothing here has a place for; an export says it again.
    imported = models.JSONField(default=dict, blank=True, editable=False)

    class Meta(Named.Meta):
        abstract = True
