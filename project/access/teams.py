"""Teams, and who is in them with which role: the one place that says so.

A team is one of Django's groups, so that django-guardian's permissions can name it. Nobody is put
into the group itself: who is in the team, its memberships say.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models, transaction

from project.access.roles import Role


class LastOwner(Exception):
    """A team would be left without an owner."""

    def __init__(self, team: Team, person: Any) -> None:
        super().__init__(f"{person} is the only owner of {team}. Make someone else owner first.")


class TeamQuerySet(models.QuerySet[Any]):
    """Teams."""

    def visible_to(self, user: Any, role: Role = Role.VIEWER) -> Self:
        """Those in which `user` has `role` or more."""
        if not user.is_active:
            return self.none()
        if user.is_superuser:
            return self.all()
        return self.filter(pk__in=Membership.objects.teams_of(user, role))

    @transaction.atomic
    def found(self, name: str, by: Any, description: str = "") -> Team:
        """A new team, with `by` as its owner."""
        team: Team = self.create(name=name, description=description, created_by=by)
        team.memberships.create(user=by, role=Role.OWNER)
        return team


class Team(Group):
    """People who share things."""

    group = models.OneToOneField(
        Group, on_delete=models.CASCADE, parent_link=True, primary_key=True
    )
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )

    objects: ClassVar[Any] = TeamQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name"]

    def allows(self, user: Any, role: Role) -> bool:
        """Whether `user` has `role` or more in this team."""
        return Team.objects.visible_to(user, role).filter(pk=self.pk).exists()

    def role_of(self, user: Any) -> Role | None:
        """The role that `user` has as a member; None for others."""
        role = self.memberships.filter(user=user).values_list("role", flat=True).first()
        return None if role is None else Role(role)

    @transaction.atomic
    def admit(self, user: Any, role: Role) -> Membership:
        """Make `user` a member with this role, or give a member this role. Raises
        `LastOwner`."""
        self._lock()
        if role != Role.OWNER:
            self._keep_an_owner_besides(user)
        membership, _ = self.memberships.update_or_create(user=user, defaults={"role": role})
        return membership

    @transaction.atomic
    def dismiss(self, user: Any) -> None:
        """Take `user` out of the team. Raises `LastOwner`."""
        self._lock()
        self._keep_an_owner_besides(user)
        self.memberships.filter(user=user).delete()

    def _lock(self) -> None:
        """Let nobody else change the members until the transaction ends."""
        Team.objects.select_for_update().get(pk=self.pk)

    def has_only_owner(self, user: Any) -> bool:
        """Whether nobody else is an owner."""
        owners = self.memberships.filter(role=Role.OWNER)
        return owners.filter(user=user).exists() and not owners.exclude(user=user).exists()

    def _keep_an_owner_besides(self, user: Any) -> None:
        if self.has_only_owner(user):
            raise LastOwner(self, user)


class MembershipQuerySet(models.QuerySet[Any]):
    """Memberships."""

    def teams_of(self, user: Any, role: Role = Role.VIEWER) -> models.QuerySet[Any]:
        """The keys of the teams in which `user` has `role` or more."""
        return self.filter(user=user, role__gte=role).values("team")


class Membership(models.Model):
    """That a person is in a team, and with which role. Changed by `Team.admit` and
    `Team.dismiss`, which keep an owner in each team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    # Somebody who goes leaves their teams first, so that each keeps an owner.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.PositiveSmallIntegerField(default=Role.VIEWER)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["user__username"]
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="project_one_membership_a_team"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="project_membership_has_a_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}: {Role(self.role).word}"
