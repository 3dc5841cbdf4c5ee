"""When a secret stops working, or should be replaced, and how that is said.

Pure: looks at dates alone, asks no service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from secrets_app.models import Secret
from secrets_app.models.secret import LONGEST_REMINDER

# Days before the end at which a reminder is due.
REMINDERS = (30, 14, 7, 1)

Level = Literal["fine", "soon", "urgent", "over"]


@dataclass(frozen=True, slots=True)
class Expiry:
    """A secret's end. `refused` says whether the service will refuse it then; otherwise it is only
    old, and due to be replaced."""

    at: datetime
    refused: bool
    now: datetime

    @property
    def left(self) -> timedelta:
        """Time until the end, below zero once it has passed."""
        return self.at - self.now

    @property
    def level(self) -> Level:
        """ "over", "urgent" in the last week, "soon" in the last thirty days, else "fine"."""
        if self.left <= timedelta():
            return "over"
        if self.left <= timedelta(days=REMINDERS[2]):
            return "urgent"
        if self.left <= timedelta(days=REMINDERS[0]):
            return "soon"
        return "fine"

    @property
    def reminder(self) -> int | None:
        """The last reminder that is due: 30, 14, 7 or 1 days before the end, 0 once it has
        passed, None before the first."""
        if self.left <= timedelta():
            return 0
        due = [days for days in REMINDERS if self.left <= timedelta(days=days)]
        return min(due, default=None)

    @property
    def words(self) -> str:
        """The end as a sentence without its full stop: "Expires in 6 days"."""
        far = span(abs(self.left))
        if self.left > timedelta():
            return f"Expires in {far}" if self.refused else f"Due to be replaced in {far}"
        return f"Expired {far} ago" if self.refused else f"Due to be replaced since {far}"

    @property
    def brief(self) -> str:
        """The same in as few words as a list has room for: "Due in 3 days"."""
        return self.words.replace(" to be replaced", "")


def expiry_of(secret: Secret, now: datetime) -> Expiry | None:
    """The end of the version in use, or of what a vault keeps, as it was seen last; None where
    there is none that is known or wanted."""
    if not secret.kept_here:
        end = secret.ends_in_vault
        return Expiry(end, True, now) if end else None
    version = secret.current
    if version is None:
        return None
    if version.expires_at:
        return Expiry(version.expires_at, True, now)
    if secret.remind_after_days:
        age = timedelta(days=min(secret.remind_after_days, LONGEST_REMINDER))
        return Expiry(version.created_at + age, False, now)
    return None


def end_of(day: date) -> datetime:
    """When a value ends whose last day this is; Azure's portal shows its days in UTC."""
    return datetime.combine(day, time(23, 59, 59), UTC)


def span(length: timedelta) -> str:
    """A length of time in its largest unit: "6 days", "1 hour", "10 minutes"."""
    for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(length.total_seconds() // seconds)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
