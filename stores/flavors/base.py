"""The contract of a flavor: what every kind of storage can do, and the only errors it may raise.

Keeps out the database, Celery and every SDK: a flavor translates what its SDK raises into
`StoreError` at this border, and nothing above it knows whose storage it talks to.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from django import forms


class Category(StrEnum):
    """Why something failed, as far as it is proven. Words are chosen by it, tests compare it."""

    SETTINGS = "settings"
    SECRET_MISSING = "secret_missing"
    SECRET_UNDECRYPTABLE = "secret_undecryptable"
    SECRET_SHAPE = "secret_shape"
    SECRET_EXPIRED = "secret_expired"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    SIGN_IN = "sign_in"
    PERMISSION = "permission"
    CONTAINER_MISSING = "container_missing"
    NOT_FOUND = "not_found"
    EXISTS = "exists"
    CHANGED = "changed"
    NAME = "name"
    INTEGRITY = "integrity"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


class StoreError(Exception):
    """A failure that the store's owner can act on.

    `text` says what failed and why, `action` the first thing to do about it; neither ever holds
    a credential. `code` and `request_id` are the service's own, for its support.
    """

    def __init__(
        self,
        category: Category,
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


class NotFound(StoreError):
    """The named artifact is not there."""

    def __init__(self, text: str, code: str = "", request_id: str = "") -> None:
        super().__init__(Category.NOT_FOUND, text, code, request_id)


class AlreadyExists(StoreError):
    """A write that may only create found something of that name."""

    def __init__(self, text: str, code: str = "", request_id: str = "") -> None:
        super().__init__(Category.EXISTS, text, code, request_id)


class Changed(StoreError):
    """What is there is no longer the version that the caller named."""

    def __init__(self, text: str, code: str = "", request_id: str = "") -> None:
        super().__init__(Category.CHANGED, text, code, request_id)


class SignIn(StrEnum):
    """How a store signs in: exactly one way, chosen on purpose, never mixed with another."""

    NONE = "none"
    IMPLICIT = "implicit"
    FROM_SECRET = "from_secret"
    CONNECTION_STRING = "connection_string"
    ACCOUNT_KEY = "account_key"
    SAS_TOKEN = "sas_token"
    SERVICE_PRINCIPAL = "service_principal"
    MANAGED_IDENTITY = "managed_identity"
    WORKLOAD_IDENTITY = "workload_identity"
    AZURE_CLI = "azure_cli"

    @property
    def label(self) -> str:
        """What people call it."""
        return SIGN_IN_LABELS[self]

    @property
    def is_ambient(self) -> bool:
        """Whether it uses what the worker's surroundings offer: nothing that the store's owner
        has, but the operator."""
        return self in AMBIENT

    @property
    def needs_secret(self) -> bool:
        """Whether a secret has to be named for it."""
        return self != SignIn.NONE and not self.is_ambient


AMBIENT = (
    SignIn.IMPLICIT,
    SignIn.MANAGED_IDENTITY,
    SignIn.WORKLOAD_IDENTITY,
    SignIn.AZURE_CLI,
)
SIGN_IN_LABELS = {
    SignIn.NONE: "None needed",
    SignIn.IMPLICIT: "Implicit (environment)",
    SignIn.FROM_SECRET: "As the secret says",
    SignIn.CONNECTION_STRING: "Connection string",
    SignIn.ACCOUNT_KEY: "Account name and key",
    SignIn.SAS_TOKEN: "Account name and SAS token",
    SignIn.SERVICE_PRINCIPAL: "Service principal",
    SignIn.MANAGED_IDENTITY: "Managed identity",
    SignIn.WORKLOAD_IDENTITY: "Workload identity in AKS",
    SignIn.AZURE_CLI: "Azure CLI on a developer's machine",
}


@dataclass(frozen=True, slots=True)
class Artifact:
    """One stored object.

    `name` is relative to the store's root, its parts joined by "/". `size` is in bytes, `md5` the
    hash that the store keeps for it (32 hex digits) or "", `etag` names this very version.
    """

    name: str
    size: int
    etag: str
    md5: str = ""
    modified: datetime | None = None


class Backend(ABC):
    """One opened store. Methods raise `StoreError` and nothing else; a backend is not shared
    between threads unless its flavor says so. Used as a context manager, it closes itself."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @abstractmethod
    def resolve(self) -> str:
        """Look up where the store is and say it in a sentence. Sends nothing to it."""

    @abstractmethod
    def connect(self) -> str:
        """Reach the store without signing in, and say so in a sentence."""

    def identify(self) -> str:
        """Sign in as far as that is a step of its own, and say as whom in a sentence."""
        return "No sign-in is needed."

    def prepare(self) -> None:
        """Make what the store needs before something is written to it, where that is the flavor's
        to make: a folder, but never a container. Raises `StoreError`."""

    @abstractmethod
    def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[Artifact]:
        """Yield every artifact beneath the folder `prefix`, in no promised order.

        `prefix` is compared part by part: "runs/4" has "runs/4/a" beneath it, not "runs/42".
        An empty store yields nothing. `page_size` bounds what one request asks for.
        """

    @abstractmethod
    def stat(self, name: str) -> Artifact:
        """Describe one artifact. Raises `NotFound`."""

    @abstractmethod
    def md5(self, name: str) -> str:
        """The MD5 (hex) of what is stored, or "" where only reading it all over a network could
        tell. Raises `NotFound`."""

    @abstractmethod
    def read(
        self, name: str, *, etag: str = "", offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        """Yield the bytes in pieces of at most a few MiB. Raises `NotFound`, and `Changed` when
        `etag` is given and what is there is another version, also in the middle."""

    @abstractmethod
    def write(
        self, name: str, pieces: Iterable[bytes], *, size: int, replaces: str = ""
    ) -> Artifact:
        """Store `size` bytes under `name`, all or nothing: readers see the old version or the
        new one, never a part, and an interrupted write leaves nothing under the name.

        Without `replaces` it only creates and raises `AlreadyExists`; with the etag of a version
        it replaces that version alone and raises `Changed` when another is there. The MD5 of the
        bytes is kept with them where the store can. Raises `StoreError(INTEGRITY)` when the
        pieces do not add up to `size`. An exception out of `pieces` passes through unchanged.
        """

    @abstractmethod
    def delete(self, name: str) -> None:
        """Remove one artifact. Raises `NotFound`."""

    def close(self) -> None:
        """Give back connections and the like."""


class Flavor(ABC):
    """One kind of storage: how its addresses look, how it is configured, how it is opened."""

    slug: ClassVar[str]
    label: ClassVar[str]
    path_hint: ClassVar[str]
    """How an address looks, in the few words that the form says after the label."""
    sign_ins: ClassVar[tuple[SignIn, ...]]
    ConfigForm: ClassVar[type[forms.Form]]
    """The settings beside the path; its cleaned data is kept as the store's configuration."""
    only_for: ClassVar[Mapping[str, SignIn]] = {}
    """Settings that go with one way to sign in only, and with which."""

    @abstractmethod
    def clean_path(self, path: str) -> str:
        """The address in its normal form. Raises `ValidationError` with the rule that it broke."""

    @abstractmethod
    def location(
        self, path: str, configuration: Mapping[str, Any], values: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Where the path is, as parts that can be compared one by one: two stores are the same
        place when these are equal, one inside the other when one begins with the other.
        `values` are the secret's, or empty where there is none; "" stands for what only they
        would tell."""

    @abstractmethod
    def check_settings(self, path: str, configuration: Mapping[str, Any], sign_in: SignIn) -> str:
        """Say in a sentence that address, settings and sign-in fit together, without a secret and
        without a network. Raises `StoreError(SETTINGS)`."""

    @abstractmethod
    def check_secret(
        self,
        path: str,
        configuration: Mapping[str, Any],
        sign_in: SignIn,
        values: Mapping[str, str],
    ) -> SignIn:
        """The one way to sign in that `values` allow under `sign_in`, never `FROM_SECRET`.
        Raises `StoreError(SECRET_SHAPE)` when they are incomplete, ambiguous, or contradict the
        address."""

    def environment_values(self) -> tuple[dict[str, str], str]:
        """What this process's environment offers to sign in implicitly, named as in a secret, and
        a sentence that says which of its variables these are."""
        return {}, "The worker's environment offers nothing."

    @abstractmethod
    def open(
        self,
        path: str,
        configuration: Mapping[str, Any],
        sign_in: SignIn,
        values: Mapping[str, str],
        *,
        timeout: float = 60.0,
    ) -> Backend:
        """A backend for the store; `timeout` is seconds for one answer of the service. Sends
        nothing yet. Raises what `check_settings` and `check_secret` raise."""
