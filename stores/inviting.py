"""Inviting somebody to a team: the link, and the mail that brings it where mail is set up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from project import audit
from project.access import Invitation, Role, Team

logger = logging.getLogger(__name__)


def invite(
    team: Team, role: Role, by: Any, email: str, address: Callable[[str], str]
) -> tuple[str, str]:
    """Invite somebody. The link, and why it was not mailed: "" where it was. `address` makes a
    whole address of a path."""
    with transaction.atomic():
        invitation, token = Invitation.objects.issue(team, role, by, email)
        audit.record(by, "invited to", team, f"{email or 'whoever has the link'} as {role.word}")
    link = address(reverse("invitation", args=[token]))
    return link, _mail(invitation, link, by)


def _mail(invitation: Invitation, link: str, by: Any) -> str:
    if not invitation.email:
        return "No address was given."
    if not settings.MAIL_IS_SENT:
        return "Mail could not be sent (EMAIL_URL is not set)."
    until = timezone.localtime(invitation.expires_at)
    words = (
        f"{by} invites you to the team {invitation.team} in Storeroom.\n\n"
        f"{Role(invitation.role).label}\n\n"
        f"This link works once, until {until:%d %b %Y %H:%M %Z}, for {invitation.email}:\n{link}\n"
    )
    subject = f"Join {invitation.team} in Storeroom"
    try:
        send_mail(subject, words, None, [invitation.email])
    except OSError as error:
        logger.warning("An invitation could not be mailed: %s", error)
        return "Mail could not be sent (the mail server refused it, or does not answer)."
    return ""
