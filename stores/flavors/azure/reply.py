"""An answer of Azure that is not a success, and what it tells beside its code. Knows no SDK."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# How Azure writes a moment in its details: "Fri, 01 Nov 2024 11:00:00 GMT".
_MOMENT = "%a, %d %b %Y %H:%M:%S GMT"
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, code, message with details, and headers. `detail` may quote signatures, so it is
    searched and never shown."""

    status: int
    code: str = ""
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """A header's value, however its name is written; "" without it."""
        return next((v for n, v in self.headers.items() if n.lower() == name.lower()), "")

    @property
    def request_id(self) -> str:
        """Azure's own number of the request, for its support."""
        return re.sub(r"[^A-Za-z0-9-]", "", self.header("x-ms-request-id"))[:80]

    @property
    def date(self) -> datetime | None:
        """What the service's clock said."""
        try:
            said = parsedate_to_datetime(self.header("Date"))
        except ValueError:
            return None
        return said if said.tzinfo else said.replace(tzinfo=UTC)

    def ahead(self, now: datetime) -> timedelta:
        """How far `now` is ahead of the service's clock; nothing where it did not tell."""
        return now - self.date if self.date else timedelta()

    @property
    def moments(self) -> dict[str, datetime]:
        """When a SAS token begins and ends and what the time is, as far as the detail says so:
        "Start", "Expiry" and "Current"."""
        found = {}
        for label, text in re.findall(r"\b(Start|Expiry|Current) \[([^\]]{1,40})\]", self.detail):
            try:
                found[label] = datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)
            except ValueError:
                continue
        return found

    @property
    def source_ip(self) -> str:
        """The address from which the request came, as Azure saw it."""
        found = re.search(r"source IP ([0-9a-fA-F.:]{3,45}[0-9a-fA-F])", self.detail)
        return found[1] if found else ""

    @property
    def tenant(self) -> str:
        """The tenant that the account lives in: where it asks to fetch a token."""
        challenge = self.header("WWW-Authenticate")
        found = re.search(rf"authorization_uri=\"?https://[^/\s]+/({_GUID})", challenge)
        return found[1].lower() if found else ""

    @property
    def is_somebody_elses(self) -> bool:
        """Whether a web page came that is not the storage service's: a proxy's, most often."""
        page = self.header("Content-Type").lower().startswith("text/html")
        return page and not self.request_id and not self.code
