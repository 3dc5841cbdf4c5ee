"""The models of the frame, where Django looks for them."""

from project.audit import AuditEntry

__all__ = ["AuditEntry"]
