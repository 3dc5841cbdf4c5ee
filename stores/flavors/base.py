"""The contract of a flavor: what every kind of storage can do, and the only errors it may raise.

Keeps out the database, Celery and every SDK: a flavor translates what its SDK raises into
`StoreError` at this border, and nothing above it knows whose storage it talks to.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any, ClassVar, Self

from django import forms

from stores.flavors.explaining import Meaning, Snippet, Subject

CREDENTIALS = "credentials"
"""The code of a `ValidationError` about an address that holds some: it is not shown again."""


def without_credentials(address: str) -> str:
    """An address without what may follow it as a token, and without a password before its host."""
    bare = re.split(r"[?#&;]", address, maxsplit=1)[0]
    return re.sub(r"(?<=://)[^/@]*:[^/@]*@", "", bare)


class Category(StrEnum):
    """Why something failed, as far as it is proven. Words are chosen by it, tests compare it."""

    SETTINGS = "settings"
    SECRET_MISSING = "secret_missing"
    SECRET_UNDECRYPTABLE = "secret_undecryptable"
    SECRET_SHAPE = "secret_shape"
    SECRET_EXPIRED = "secret_expired"
    POLICY = "policy"
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

    `text` says what failed and why, `action` the first thing to do about it, `command` what to
    type for it, with placeholders in capitals; none ever holds a credential. `code` and
    `request_id` are the service's own, for its support. `reason` is finer than the category and
    the flavor's to choose: "bad_key" where the category is "sign_in".
    """

    def __init__(
        self,
        category: Category,
        text: str,
        code: str = "",
        request_id: str = "",
        action: str = "",
        command: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(text)
        self.category = category
        self.text = text
        self.code = code
        self.request_id = request_id
        self.action = action
        self.command = command
        self.reason = reason or str(category)


class NotFound(StoreError):
    """The named artifact is not there."""

    def __init__(self, text: str, code: str = "", request_id: str = "", **more: str) -> None:
        super().__init__(Category.NOT_FOUND, text, code, request_id, **more)


class AlreadyExists(StoreError):
    """A write that may only create found something of that name."""

    def __init__(self, text: str, code: str = "", request_id: str = "", **more: str) -> None:
        super().__init__(Category.EXISTS, text, code, request_id, **more)


class Changed(StoreError):
    """What is there is no longer the version that the caller named."""

    def __init__(self, text: str, code: str = "", request_id: str = "", **more: str) -> None:
        super().__init__(Category.CHANGED, text, code, request_id, **more)


class SignIn(StrEnum):
    """How a store signs in: exactly one way, chosen on purpose, never mixed with another."""

    NONE = "none"
    IMPLICIT = "implicit"
    FROM_SECRET = "from_secret"
    CONNECTION_STRING = "connection_string"
    ACCOUNT_KEY = "account_key"
    SAS_TOKEN = "sas_token"
    ACCESS_KEY = "access_key"
    SERVICE_ACCOUNT = "service_account"
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
    SignIn.ACCESS_KEY: "Access key",
    SignIn.SERVICE_ACCOUNT: "Service account",
    SignIn.SERVICE_PRINCIPAL: "Service principal",
    SignIn.MANAGED_IDENTITY: "Managed identity",
    SignIn.WORKLOAD_IDENTITY: "Workload identity in AKS",
    SignIn.AZURE_CLI: "Azure CLI on a developer's machine",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """How something that was refused can be allowed: what to do, and the command for whoever may,
    with placeholders in capitals."""

    action: str = ""
    command: str = ""


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


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder: what several artifacts' names begin with. It is there as long as they are.

    `name` is relative to the store's root, without a slash at its end.
    """

    name: str


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

    def find_container(self) -> str:
        """Say in a sentence that the container is there. Raises `StoreError`; its category is
        PERMISSION where the sign-in may not know."""
        return "No container is needed."

    def extras(self) -> Mapping[str, Callable[[str], str]]:
        """What can be proven on an artifact beside writing, reading and deleting it, each by doing
        it: "tags", "tier", "share". They say in a sentence what they did, and raise
        `StoreError`."""
        return {}

    def facts(self) -> dict[str, str]:
        """What was found out so far, by which two checks of a store can be compared: "addresses",
        "peer" (the one that answered), "issuer" (of its certificate), "identity", "sdk" and what
        else the flavor's `grant` wants to know. Never a credential."""
        return {}

    def prepare(self) -> None:
        """Make what the store needs before something is written to it, where that is the flavor's
        to make: a folder, but never a container. Raises `StoreError`."""

    @abstractmethod
    def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[Artifact]:
        """Yield every artifact beneath the folder `prefix`, in no promised order.

        `prefix` is compared part by part: "runs/4" has "runs/4/a" beneath it, not "runs/42".
        An empty store yields nothing. `page_size` bounds what one request asks for.
        """

    def entries(self, folder: str = "") -> Iterator[Artifact | Folder]:
        """Yield what lies directly in a folder: its artifacts, and each folder in it once, in no
        promised order. A folder that is not there yields nothing.

        Goes through everything beneath unless the flavor can ask for one level alone.
        """
        start = len(folder) + 1 if folder else 0
        seen = set()
        for artifact in self.list(folder):
            name, slash, _ = artifact.name[start:].partition("/")
            if not slash:
                yield artifact
            elif name not in seen:
                seen.add(name)
                yield Folder(artifact.name[: start + len(name)])

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

    def copy(self, source: Artifact, name: str, *, replaces: str = "") -> Artifact:
        """Store under `name` what `source` holds, exactly this version of it: `Changed` when it is
        another one by now. Otherwise as `write`.

        The bytes pass through this process unless the flavor lets the service copy.
        """
        pieces = self.read(source.name, etag=source.etag)
        return self.write(name, pieces, size=source.size, replaces=replaces)

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
    schemes: ClassVar[tuple[str, ...]]
    """What addresses may begin with before `://`, all meaning the same; "" is a plain path."""
    sign_ins: ClassVar[tuple[SignIn, ...]]
    ConfigForm: ClassVar[type[forms.Form]]
    """The settings beside the path; its cleaned data is kept as the store's configuration."""
    only_for: ClassVar[Mapping[str, SignIn]] = {}
    """Settings that go with one way to sign in only, and with which."""
    opens: ClassVar[bool] = True
    """Whether its stores can be opened, and so checked and used in transfers."""
    packages: ClassVar[tuple[str, ...]] = ()
    """What has to be installed to open a store, by the names that pip knows."""

    @property
    def missing_packages(self) -> list[str]:
        """Those of `packages` that are not installed here. Imports none of them."""
        return [name for name in self.packages if not _is_installed(name)]

    @property
    def how_to_install(self) -> str:
        """The command that installs what is missing."""
        return f"`./manage.py integration install {self.slug}`"

    @property
    def cannot_open(self) -> str:
        """Why its stores are neither checked nor used, or ""."""
        if self.opens:
            return ""
        return f"Storeroom cannot open the flavor `{self.slug}`; it is kept for stacks and export."

    def check_packages(self) -> None:
        """Raise `StoreError(SETTINGS)` with what to do when a package is missing here."""
        if missing := self.missing_packages:
            raise StoreError(
                Category.SETTINGS,
                f"{self.label} needs {', '.join(missing)}, which is not installed here.",
                action=f"Let the operator run {self.how_to_install} and start the workers again.",
            )

    def check_offered(self, sign_in: SignIn) -> None:
        """Raise `StoreError(SETTINGS)` for a way to sign in that no store of this flavor has."""
        if sign_in not in self.sign_ins:
            raise StoreError(
                Category.SETTINGS,
                f"{self.label} needs a sign-in.",
                action="Name a secret in the store's settings.",
            )

    @abstractmethod
    def clean_path(self, path: str) -> str:
        """The address in its normal form. Raises `ValidationError` with the rule that it broke."""

    def settings_in(self, typed: str, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """The configuration, and beside it what an address as it was typed tells more than the
        path does. Raises `ValidationError` where the two contradict each other."""
        return dict(configuration)

    @abstractmethod
    def explain(
        self,
        typed: str,
        configuration: Mapping[str, Any],
        way: str,
        secret: str,
        values: Mapping[str, str],
    ) -> Meaning:
        """What an address as it was typed means, together with the settings. `way` and `secret`
        are as in `Subject`; `values` are the secret's, or empty, and none is shown but the
        account's name. Raises `ValidationError`."""

    @abstractmethod
    def snippets(self, subject: Subject) -> list[Snippet]:
        """How other programs reach the store, each with its own names for things."""

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

    def needs(self, right: str, facts: Mapping[str, str]) -> str:
        """The least that allows a right, in a few words: "list", "read", "write", "overwrite",
        "delete", or one of `Backend.extras`. `facts` are a backend's. "" where nothing has to be
        granted."""
        return ""

    def grant(self, rights: Iterable[str], facts: Mapping[str, str]) -> Grant:
        """How all these rights can be allowed at once, at the narrowest scope."""
        return Grant()

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


def _is_installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True
