"""What people are refused in the console, and the audit's line about it."""

from __future__ import annotations

import logging

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.db.models import Model
from django.http import HttpRequest

from project import audit

logger = logging.getLogger(__name__)

# Requests that change nothing (RFC 9110, section 9.2.1).
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class NotAllowed(PermissionDenied):
    """Somebody sees these things, but may not do this with them: `what`, after "refused to".

    The audit gets its line where this is answered, in `project.views.forbidden`: whatever it broke
    off is rolled back by then.
    """

    def __init__(self, words: str, what: str, *things: Model) -> None:
        super().__init__(words)
        self.what = what
        self.things = things


def note_refusal(request: HttpRequest, refusal: NotAllowed) -> None:
    """Write the refusal to the audit; it stands also where that cannot be done. Who only looked at
    a question that they may not answer leaves nothing behind."""
    if request.method in SAFE_METHODS:
        return
    address = audit.address_of(request)
    try:
        with transaction.atomic():
            for thing in refusal.things:
                words = f"to {refusal.what}"
                audit.record(request.user, "refused", thing, words, address=address)
    except DatabaseError:
        logger.exception("A refusal to %s could not be written to the audit.", refusal.what)
