"""What people may do, as roles, and as the permissions that stand for a role on one thing."""

from __future__ import annotations

from django.contrib.auth import get_permission_codename
from django.db import models


class Role(models.IntegerChoices):
    """What a person may do with a thing; each role includes those before it."""

    VIEWER = 1, "Viewer: sees settings, state and history"
    OPERATOR = 2, "Operator: also runs checks and transfers"
    EDITOR = 3, "Editor: also changes it, and uses its secrets without seeing them"
    OWNER = 4, "Owner: also shares and deletes it"

    @property
    def word(self) -> str:
        """The role's name alone."""
        return str(self.label).partition(":")[0]

    @property
    def meaning(self) -> str:
        """What the role allows, without its name."""
        return str(self.label).partition(": ")[2]

    @property
    def verb(self) -> str:
        """The permission that tells the role from the one before it."""
        return VERBS[self]

    def codename(self, model: type[models.Model]) -> str:
        """The permission that whoever has the role, or more, has on a thing of this kind."""
        return get_permission_codename(self.verb, model._meta)


VERBS = {
    Role.VIEWER: "view",
    Role.OPERATOR: "operate",
    Role.EDITOR: "change",
    Role.OWNER: "own",
}
