"""Addresses of Azure Blob Storage: what may be typed, its normal form, the account it names.

Pure text: opens nothing and knows no SDK.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ValidationError

from stores.flavors.base import CREDENTIALS, Category, StoreError

SCHEMES = ("az", "abfs")
PUBLIC_CLOUD = "core.windows.net"

_CONTAINER = re.compile(r"[a-z0-9](-?[a-z0-9])+")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_EMULATED_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{1,63}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]{0,250}[a-z0-9])?")
# What XML cannot carry: one such name, and the service can no longer list the container.
_UNLISTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_NAME = 1024


@dataclass(frozen=True, slots=True)
class StorePath:
    """A container and the folder in it that a store is."""

    scheme: str
    container: str
    parts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.scheme}://{'/'.join((self.container, *self.parts))}"

    def blob_name(self, name: str) -> str:
        """The blob that keeps the artifact `name`. Raises `StoreError(NAME)`.

        Parts "." and ".." are refused because HTTP libraries fold them away in a URL: such a
        name would end up outside the store.
        """
        reason = ""
        if not name:
            reason = "it is empty"
        elif any(part in (".", "..") for part in name.split("/")):
            reason = "a part of it is `.` or `..`"
        elif _UNLISTABLE.search(name):
            reason = "it has a character that cannot be listed"
        blob = "/".join((*self.parts, name))
        if not reason and len(blob) > _LONGEST_NAME:
            reason = f"with the store's folder it has {len(blob)} characters, 1,024 are allowed"
        if reason:
            raise StoreError(
                Category.NAME, f"Azure cannot keep {name[:200]!a} as a name: {reason}."
            )
        return blob

    def artifact_name(self, blob: str) -> str:
        """The artifact that the blob keeps: its name without the store's folder."""
        return blob[sum(len(part) + 1 for part in self.parts) :]


def parse_path(text: str) -> StorePath:
    """Read the normal form, `az://container[/path]`. Raises `ValidationError` with the rule that
    it broke. Other forms are read by `typed`."""
    scheme, separator, rest = text.strip().partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in SCHEMES:
        raise ValidationError("An address looks like `az://container/path`.")
    refuse_credentials(rest)
    if re.search(r"[\x00-\x1f\x7f\\]", rest) or _UNLISTABLE.search(rest):
        raise ValidationError("The address has a backslash or an invisible character in it.")
    container, *parts = rest.split("/")
    if not container:
        raise ValidationError(f"`{scheme}://` needs a container: `{scheme}://container/path`.")
    _check_container(container)
    parts = [part for part in parts if part]
    if any(part in (".", "..") for part in parts):
        raise ValidationError("Parts `.` and `..` are not allowed in the path.")
    if sum(len(part) + 1 for part in parts) > _LONGEST_NAME // 2:
        raise ValidationError("The path after the container is longer than 512 characters.")
    return StorePath(scheme, container, tuple(parts))


def refuse_credentials(text: str) -> None:
    """Raise `ValidationError`, of the code CREDENTIALS, for an address that holds some, and for
    what a SAS token hangs on to."""
    if re.search(r"(?i)(AccountKey|SharedAccessSignature)\s*=", text):
        raise ValidationError(
            "This is a connection string, which belongs in a secret. Write `az://container/path`"
            " here and name that secret.",
            code=CREDENTIALS,
        )
    if re.search(r"(?i)[?#&;]sig=", text):
        raise ValidationError(
            "The address contains a SAS token, which belongs in a secret: paste the whole address"
            " into the secret's form. Leave out here what follows the `?`.",
            code=CREDENTIALS,
        )
    if re.search(r"[?#]", text):
        raise ValidationError("The address has a `?` or `#` in it. Leave out what follows.")


def _check_container(name: str) -> None:
    """Raise `ValidationError` with Azure's rule and what broke it."""
    if name in ("$root", "$web", "$logs"):
        raise ValidationError(
            f"`{name}` is one of Azure's own containers. A store needs one that is yours."
        )
    faults = []
    if len(name) < 3:
        faults.append("fewer than 3 characters")
    if len(name) > 63:
        faults.append("more than 63 characters")
    if re.search(r"[A-Z]", name):
        faults.append("a capital")
    if "_" in name:
        faults.append("an underscore")
    if " " in name:
        faults.append("a space")
    if re.search(r"[^A-Za-z0-9_ -]", name):
        faults.append("a sign that is not allowed")
    if "--" in name:
        faults.append("two hyphens in a row")
    if name.startswith("-") or name.endswith("-"):
        faults.append("a hyphen at its beginning or end")
    if faults or not _CONTAINER.fullmatch(name):
        raise ValidationError(
            "Container names have 3–63 lower-case letters, digits or single hyphens: "
            f"`{name}` has {' and '.join(faults)}."
        )


@dataclass(frozen=True, slots=True)
class AccountUrl:
    """Where an account answers. `account` is "" where the address does not tell it.

    Azure puts the account into the host, an emulator into the path.
    """

    scheme: str
    host: str
    port: int
    account: str
    in_path: bool = False

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{f'/{self.account}' if self.in_path else ''}"

    @property
    def place(self) -> str:
        """What tells this account from all others: its name alone in Azure's public cloud, its
        host and name elsewhere, because a name is unique in one cloud only."""
        if self.host.endswith(f".blob.{PUBLIC_CLOUD}"):
            return self.account
        return f"{self.netloc}/{self.account}" if self.in_path else self.netloc

    @property
    def netloc(self) -> str:
        """The host, with its port unless that is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def parse_account_url(text: str) -> AccountUrl:
    """Read `https://account.blob.core.windows.net` or an emulator's `http://host:port/account`.
    Raises `ValidationError`, of the code CREDENTIALS where it holds some."""
    try:
        url = urlsplit(text.strip())
        port = url.port
    except ValueError:
        raise ValidationError("This is not an address like `https://host`.") from None
    host = (url.hostname or "").lower()
    if url.scheme not in ("http", "https") or not (_HOST.fullmatch(host) or is_ip(host)):
        raise ValidationError(
            "The account's address begins with `https://` and a host:"
            " `https://account.blob.core.windows.net`."
        )
    if url.query or url.fragment or "@" in url.netloc:
        raise ValidationError(
            "The account's address must not hold credentials or a `?`; a SAS token belongs in a"
            " secret.",
            code=CREDENTIALS,
        )
    host = host.replace(".dfs.", ".blob.")  # Data Lake: the same account, the same artifacts
    port = port or (443 if url.scheme == "https" else 80)
    in_path = [part for part in url.path.split("/") if part]
    if "blob" in host.split(".")[1:]:
        if in_path:
            raise ValidationError(
                "The account's address ends after the host; the container belongs in the"
                " store's address."
            )
        return AccountUrl(url.scheme, host, port, host.split(".")[0])
    return _parse_emulated(url, host, port, in_path)


def _parse_emulated(url: SplitResult, host: str, port: int, in_path: list[str]) -> AccountUrl:
    """An address whose host does not name the account: an emulator's, or a domain of one's own."""
    if not in_path and (is_ip(host) or host == "localhost"):
        raise ValidationError(
            f"An emulator's address ends with the account: `{url.scheme}://{url.netloc}/account`."
        )
    if len(in_path) > 1 or not all(_EMULATED_ACCOUNT.fullmatch(part) for part in in_path):
        raise ValidationError("After the host there may be the account's name and no more.")
    return AccountUrl(url.scheme, host, port, "".join(in_path), in_path=bool(in_path))


def account_url_of(
    account: str, suffix: str = PUBLIC_CLOUD, protocol: str = "https"
) -> AccountUrl:
    """Where Azure answers for an account of this name. Raises `ValidationError`.

    The name is checked because it becomes a host: a name such as `evil.example/` would send the
    requests elsewhere.
    """
    if not _ACCOUNT.fullmatch(account):
        raise ValidationError("An account's name has 3–24 lower-case letters and digits.")
    return parse_account_url(f"{protocol}://{account}.blob.{suffix}")


def is_ip(host: str) -> bool:
    """Whether a host is given as an address in numbers."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
