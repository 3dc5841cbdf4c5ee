"""Invitations to a team: links that work once, for a few days.

Only a hash of the link's token is kept, so that nobody who reads the database can use one.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from project.access.roles import Role
from project.access.teams import Team

VALID_FOR = timedelta(days=7)


class Refused(Exception):
    """An invitation that leads nowhere; why is told to nobody who only has the link."""


class InvitationQuerySet(models.QuerySet[Any]):
    """Invitations."""

    def open(self) -> Self:
        """Those that may still be accepted."""
        return self.filter(used_at=None, revoked_at=None, expires_at__gt=timezone.now())

    def by_token(self, token: str) -> Invitation:
        """The open one that a link's token belongs to. Raises `Refused`."""
        found = self.open().filter(token_hash=_hash(token)).select_related("team").first()
        if found is None:
            raise Refused
        return found

    def issue(self, team: Team, role: Role, by: Any, email: str = "") -> tuple[Invitation, str]:
        """A new invitation, and the token of its link, which is kept nowhere."""
        token = secrets.token_urlsafe(32)
        made = self.create(
            team=team,
            role=role,
            email=email,
            created_by=by,
            token_hash=_hash(token),
            expires_at=timezone.now() + VALID_FOR,
        )
        return made, token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Invitation(models.Model):
    """That whoever has the link may join a team with a role, once."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    role = models.PositiveSmallIntegerField(default=Role.VIEWER)
    email = models.EmailField(blank=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="project_invitation_has_a_role"
            )
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk} to {self.team}"

    @property
    def state(self) -> str:
        """Whether it can still be used, in a word."""
        if self.used_at:
            return "used"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "open"

    @transaction.atomic
    def accept(self, user: Any) -> None:
        """Make `user` a member, unless they are one already with as much; the link is used up.
        Raises `Refused` when somebody was faster, or it was revoked or ended meanwhile."""
        taken = Invitation.objects.open().filter(pk=self.pk)
        if not taken.update(used_at=timezone.now(), used_by=user):
            raise Refused
        if (self.team.role_of(user) or 0) < self.role:
            self.team.admit(user, Role(self.role))

    def revoke(self) -> bool:
        """Let the link lead nowhere. Whether it still led somewhere."""
        still_open = Invitation.objects.open().filter(pk=self.pk)
        return bool(still_open.update(revoked_at=timezone.now()))
