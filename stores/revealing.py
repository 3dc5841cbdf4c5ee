"""Reveal a secret's values to a person: off unless the operator allows it, for owners who sign in
again and give a reason, and only once the audit has it in writing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import DatabaseError, transaction
from django.views.decorators.debug import sensitive_variables

from project import audit
from project.access import Role
from secrets_app import keyring
from secrets_app.models import Secret


class Refused(Exception):
    """Nothing was revealed, for the reason that the text says."""


@sensitive_variables()
def reveal_values(
    secret: Secret, person: Any, *, reason: str, password: str, request: Any = None
) -> dict[str, str]:
    """The values of the version in use, in clear. `request` is the web request, whose address goes
    to the audit and counts wrong passwords; None for a command.

    The audit's line is committed before this returns. Raises `Refused`, which is audited as well.
    """
    address = audit.address_of(request) if request else None
    why_not = _why_not(secret, person, reason, password, request)
    values: dict[str, str] = {}
    if not why_not:
        try:
            values = _noted(secret, person, reason, address)
        except keyring.Undecryptable as error:
            why_not = f"{secret} {error}."
        except DatabaseError:
            raise Refused("The audit could not be written, so nothing is shown.") from None
    if why_not:
        audit.record(person, "refused", secret, f"to reveal it: {why_not}", address=address)
        raise Refused(why_not)
    return values


@sensitive_variables()
def _noted(secret: Secret, person: Any, reason: str, address: str | None) -> dict[str, str]:
    """The values, once the audit's line is committed. Raises `keyring.Undecryptable`, and
    `DatabaseError` where there is no such line."""
    current = secret.current
    with transaction.atomic():
        values = secret.reveal()
        audit.record(
            person,
            "revealed",
            secret,
            f"version {secret.version}: {reason.strip()}",
            fingerprint=current.fingerprint if current else "",
            address=address,
        )
    return values


@sensitive_variables()
def _why_not(secret: Secret, person: Any, reason: str, password: str, request: Any) -> str:
    """Why the person may not see the values now, or ""."""
    if not settings.STOREROOM_ALLOW_REVEAL:
        return "Revealing is off here; the operator can set STOREROOM_ALLOW_REVEAL=true."
    if not secret.allows(person, Role.OWNER):
        return f"This needs a higher role: {Role.OWNER.label}."
    if not secret.kept_here:
        return f"Its values are in {secret.manager}; look there."
    if not reason.strip():
        return "A reason is needed; it goes to the audit."
    return "" if _knows_password(person, password, request) else "This is not your password."


@sensitive_variables()
def _knows_password(person: Any, password: str, request: Any) -> bool:
    """Whether it is the person's. Wrong ones in web requests count towards the lock."""
    if request is None:
        return bool(person.check_password(password))
    known = authenticate(request, username=person.get_username(), password=password)
    return known is not None and known.pk == person.pk
