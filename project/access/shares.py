"""That a thing is shared with a team, and with which role.

A role is kept as the permissions that it consists of: one row of django-guardian's for each, with
a direct foreign key to the thing, so that the rows go when the thing goes.
https://django-guardian.readthedocs.io/en/stable/userguide/performance.html#direct-foreign-keys
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models
from guardian.models import GroupObjectPermissionBase

from project.access.roles import Role


class Share(GroupObjectPermissionBase):
    """One permission of a team on one thing. Each kind of thing has a model of its own, whose
    `content_object` is the thing and whose related name is `shares`."""

    content_object: Any

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.content_object} for {self.group}: {self.permission.codename}"


def shares_of(model: type[models.Model]) -> Any:
    """The permissions of teams on things of this kind."""
    return model._meta.get_field("shares").related_model._default_manager  # type: ignore[union-attr]


def permissions(model: type[models.Model], role: Role) -> models.QuerySet[Permission]:
    """Those that a role on a thing of this kind consists of."""
    return Permission.objects.filter(
        content_type=ContentType.objects.get_for_model(model),
        codename__in=[each.codename(model) for each in Role if each <= role],
    )
