"""Things that belong to somebody, and who may do what with them."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Permission
from django.db import models, transaction
from django.db.models import Q
from django.dispatch import Signal

from project.access.roles import Role
from project.access.shares import permissions, shares_of
from project.access.teams import Membership

Person = AbstractBaseUser | AnonymousUser

# What a name is unique in: "team" or "owner", and its key.
Namespace = tuple[str, int | None]

# Sent by the kind of thing when `OwnedQuerySet.update` has changed some, with the names of the
# `fields`: Django's own signals tell of single things alone.
updated = Signal()

# What everybody may do with the things that come with the installation.
ROLE_ON_BUILT_IN = Role.OPERATOR


def in_namespace(namespace: Namespace) -> Q:
    """The things of the team, or of the owner without a team, among which a name is unique."""
    kind, key = namespace
    return Q(team=key) if kind == "team" else Q(team=None, owner=key)


class HasRole(models.Func):
    """Whether a person has a role, or more, on a thing of a kind: by right of their own, of a
    team's, or of everybody's.

    Written in SQL, since every page asks it several times: to put the same together from Django's
    own words takes ten times as long. Only names of tables and columns are put into the text.
    """

    output_field = models.BooleanField()

    def __init__(self, kind: type[Owned], person: int, role: Role) -> None:
        super().__init__("owner", "team", "pk")
        self.kind = kind
        self.person = person
        self.role = role

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any
    ) -> tuple[str, list[Any]]:
        """The condition, over the columns as the query calls them."""
        owner, team, key = (compiler.compile(each)[0] for each in self.get_source_expressions())
        shares, members = shares_of(self.kind).model._meta.db_table, Membership._meta.db_table
        teams = f"SELECT team_id FROM {members} WHERE user_id = %s AND role >= %s"  # noqa: S608
        shared = (
            f"SELECT content_object_id FROM {shares} JOIN {Permission._meta.db_table} p"  # noqa: S608
            f" ON p.id = permission_id WHERE p.codename = %s AND group_id IN ({teams})"
        )
        in_teams = [self.person, int(self.role)]
        ways = [f"{owner} = %s", f"{team} IN ({teams})", f"{key} IN ({shared})"]
        given = [self.person, *in_teams, self.role.codename(self.kind), *in_teams]
        if self.role <= ROLE_ON_BUILT_IN:
            ways.append(f"({owner} IS NULL AND {team} IS NULL)")
        return f"({' OR '.join(ways)})", given


class OwnedQuerySet(models.QuerySet[Any]):
    """Things with an owner."""

    def visible_to(self, user: Any, role: Role = Role.VIEWER) -> Self:
        """Those on which `user` has `role` or more."""
        if not user.is_active:
            return self.none()
        if user.is_superuser:
            return self.all()
        return self.filter(HasRole(self.model, user.pk, role))

    def update(self, **fields: Any) -> int:
        """As Django's; sends `updated`."""
        count = super().update(**fields)
        if count:
            updated.send(self.model, fields=frozenset(fields))
        return count

    update.alters_data = True  # type: ignore[attr-defined]

    def beside(self, thing: Owned) -> Self:
        """Those of the same team, or of the same owner where there is no team: among them names
        are unique, and by name they find each other."""
        return self.filter(in_namespace(thing.namespace))


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
        default_permissions = ("add", "change", "delete", "view", "operate", "own")

    @property
    def built_in(self) -> bool:
        """Whether it comes with the installation and serves everyone."""
        return self.owner_id is None and self.team_id is None

    @property
    def namespace(self) -> Namespace:
        """What its name is unique in: the team, or the owner where there is no team."""
        return ("owner", self.owner_id) if self.team_id is None else ("team", self.team_id)

    def allows(self, user: Any, role: Role) -> bool:
        """Whether `user` has `role` or more on this thing."""
        return type(self)._default_manager.visible_to(user, role).filter(pk=self.pk).exists()

    def role_of(self, user: Any) -> Role | None:
        """The highest role that `user` has on this thing; None where they may not see it."""
        return next((role for role in reversed(Role) if self.allows(user, role)), None)

    def people(self, role: Role) -> models.QuerySet[Any]:
        """Everybody who has `role` or more on this thing: `visible_to` from the other side."""
        active = get_user_model()._default_manager.filter(is_active=True)
        if self.built_in and role <= ROLE_ON_BUILT_IN:
            return active
        shared = self._shares().filter(permission__codename=role.codename(type(self)))
        members = Membership.objects.filter(role__gte=role).filter(
            Q(team=self.team_id) | Q(team__in=shared.values("group"))
        )
        return active.filter(
            Q(is_superuser=True) | Q(pk=self.owner_id) | Q(pk__in=members.values("user"))
        )

    @transaction.atomic
    def share(self, team: Any, role: Role) -> None:
        """Let the members of a team have this role on the thing, or as much of it as they have in
        the team, and no other that it was shared with before."""
        wanted = permissions(type(self), role)
        self._shares().filter(group=team.pk).exclude(permission__in=wanted).delete()
        for permission in wanted:
            self._shares().get_or_create(
                group_id=team.pk, permission=permission, content_object=self
            )

    def unshare(self, team: Any) -> bool:
        """Share it with the team no more. Whether it was."""
        return bool(self._shares().filter(group=team.pk).delete()[0])

    def shared_with(self) -> dict[int, Role]:
        """The keys of the teams that it is shared with, each with the role."""
        by_codename = {role.codename(type(self)): role for role in Role}
        found: dict[int, Role] = {}
        for team, codename in self._shares().values_list("group", "permission__codename"):
            found[team] = max(by_codename[codename], found.get(team, Role.VIEWER))
        return found

    def _shares(self) -> Any:
        return shares_of(type(self)).filter(content_object=self)
