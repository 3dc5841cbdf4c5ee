"""The contract of a flavor: what every kind of storage can do, and the only errors it may raise.

Keeps out the database, Celery and every SDK: a flavor translates what its SDK raises into
`StoreError` at this border, and nothing above it knows whose storage it talks to.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any, ClassVar

from django import forms

from stores.flavors.base.addresses import CREDENTIALS, without_credentials
from stores.flavors.base.backend import Artifact, Backend, Folder
from stores.flavors.base.errors import AlreadyExists, Category, Changed, NotFound, StoreError
from stores.flavors.base.sign_ins import AMBIENT, SignIn
from stores.flavors.explaining import Meaning, Snippet, Subject

__all__ = [
    "AMBIENT",
    "CREDENTIALS",
    "AlreadyExists",
    "Artifact",
    "Backend",
    "Category",
    "Changed",
    "Flavor",
    "Folder",
    "Grant",
    "NotFound",
    "SignIn",
    "StoreError",
    "without_credentials",
]


@dataclass(frozen=True, slots=True)
class Grant:
    """How something that was refused can be allowed: what to do, and the command for whoever may,
    with placeholders in capitals."""

    action: str = ""
    command: str = ""


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
