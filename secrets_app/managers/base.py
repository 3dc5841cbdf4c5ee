"""The contract of a secrets manager's flavor, and the only errors that it may raise.

Keeps out the database, Celery and every SDK, as `stores.flavors.base` does for storage.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django import forms

from secrets_app.redaction.in_clear import InClear


class ManagerCategory(StrEnum):
    """Why a secrets manager could not be used, as far as it is proven."""

    SETTINGS = "settings"
    POLICY = "policy"
    SIGN_IN = "sign_in"
    PERMISSION = "permission"
    SECRET_MISSING = "secret_missing"
    SECRET_SHAPE = "secret_shape"
    UNAVAILABLE = "unavailable"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"


class ManagerError(Exception):
    """A failure that the secret's owner can act on.

    `text` says what failed and why, `action` the first thing to do about it; neither ever holds a
    value. `code` and `request_id` are the service's own, for its support.
    """

    def __init__(
        self,
        category: ManagerCategory,
        text: str,
        code: str = "",
        request_id: str = "",
        action: str = "",
    ) -> None:
        super().__init__(text)
        self.category = category
        self.text = text
        self.code = code
        self.request_id = request_id
        self.action = action


@dataclass(frozen=True, slots=True)
class Fetched(InClear):
    """What a vault held under a name: attributes in clear, the vault's name of that version, and
    when the vault says that it ends."""

    values: Mapping[str, str] = field(repr=False)
    version: str = ""
    expires_at: datetime | None = None


class ManagerFlavor(ABC):
    """One kind of secrets manager: how it is configured, and whether it answers."""

    slug: ClassVar[str]
    label: ClassVar[str]
    keeps_values_here: ClassVar[bool]
    ConfigForm: ClassVar[type[forms.Form]]
    """The manager's settings; its cleaned data is kept as the manager's configuration."""

    @abstractmethod
    def destination(self, configuration: Mapping[str, Any]) -> str:
        """The host that credentials and values travel to, "" where nothing travels."""

    @abstractmethod
    def check(
        self, configuration: Mapping[str, Any], credentials: Mapping[str, str], timeout: float
    ) -> str:
        """Say in a sentence that it can be used. `credentials` are what to sign in with, empty for
        what the environment offers; `timeout` is in seconds. Raises `ManagerError`."""


class ExternalManager(ManagerFlavor):
    """A vault elsewhere: values are fetched from it at use."""

    keeps_values_here = False

    @abstractmethod
    def spelling(self, name: str) -> str:
        """The name under which the vault keeps the secret `name`; names of one spelling are one
        secret there. Raises `ManagerError(SETTINGS)` for a name that the vault cannot keep."""

    @abstractmethod
    def removal(self, configuration: Mapping[str, Any], name: str) -> str:
        """The command that removes the secret from the vault, where Storeroom never does."""

    @abstractmethod
    def holds(
        self,
        configuration: Mapping[str, Any],
        credentials: Mapping[str, str],
        name: str,
        timeout: float,
    ) -> bool:
        """Whether the vault has a secret of this name, be it one that it does not give out.
        Raises `ManagerError`."""

    @abstractmethod
    def fetch(
        self,
        configuration: Mapping[str, Any],
        credentials: Mapping[str, str],
        name: str,
        timeout: float,
    ) -> Fetched:
        """What the vault holds under the secret's name. Raises `ManagerError`."""

    @abstractmethod
    def write(
        self,
        configuration: Mapping[str, Any],
        credentials: Mapping[str, str],
        name: str,
        values: Mapping[str, str],
        expires: datetime | None,
        timeout: float,
    ) -> str:
        """Write the values as the secret's next version, which ends at `expires`, None for never;
        its name in the vault. Raises `ManagerError`."""
