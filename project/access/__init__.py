"""Whose things are they: owners, teams, roles, and the one query that says who sees what.

Every list, page, picker, command and task asks here. The owner and superusers have every role on
a thing; members of its team have the role that they have in the team; members of a team that it is
shared with have the lesser of that role and the one that it is shared with; and what belongs to
nobody comes with the installation and serves all.
"""

from project.access.invitations import Invitation, Refused
from project.access.names import Named, Part, name_constraints, refuse_invisible, validate_name
from project.access.owned import (
    ROLE_ON_BUILT_IN,
    Namespace,
    Owned,
    OwnedQuerySet,
    Person,
    in_namespace,
    updated,
)
from project.access.roles import Role
from project.access.shares import Share
from project.access.statements import Statement, kept_for_each_person
from project.access.teams import LastOwner, Membership, Team

__all__ = [
    "ROLE_ON_BUILT_IN",
    "Invitation",
    "LastOwner",
    "Membership",
    "Named",
    "Namespace",
    "Owned",
    "OwnedQuerySet",
    "Part",
    "Person",
    "Refused",
    "Role",
    "Share",
    "Statement",
    "Team",
    "in_namespace",
    "kept_for_each_person",
    "name_constraints",
    "refuse_invisible",
    "updated",
    "validate_name",
]
