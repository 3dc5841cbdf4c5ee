"""The models of the frame, where Django looks for them."""

from project.access import Invitation, Membership, Team
from project.audit import AuditEntry

__all__ = ["AuditEntry", "Invitation", "Membership", "Team"]
