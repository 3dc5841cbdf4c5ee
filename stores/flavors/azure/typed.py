"""Addresses of Azure as people have them at hand, and the one normal form that is kept of each.

Pure text, as `address`.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ValidationError

from stores.flavors.azure.address import (
    AccountUrl,
    StorePath,
    is_ip,
    parse_account_url,
    parse_path,
    refuse_credentials,
)

# What each scheme is called in the normal form. The driver of Hadoop and Spark writes the last
# three: https://hadoop.apache.org/docs/stable/hadoop-azure/index.html
NORMAL = {"az": "az", "abfs": "abfs", "abfss": "abfs", "wasb": "az", "wasbs": "az"}
_FOREIGN = {
    "s3": "This is an S3 address. This store type reads Azure Blob Storage only.",
    "gs": "This is a Google Cloud Storage address. This store type reads Azure Blob Storage only.",
    "file": "This is a folder's address. Choose the store type “Local folder” for it.",
}
_UNKNOWN = "An address looks like `az://container/path` or `abfs://container/path`."


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: the store's path, the account where the address names one, and sentences
    about what is kept otherwise than it was written."""

    path: StorePath
    account: AccountUrl | None = None
    notes: tuple[str, ...] = ()


def read(text: str) -> Typed:
    """Read any form of an address. Raises `ValidationError` with the rule that it broke, and of
    the code CREDENTIALS where it holds some; neither repeats them."""
    text = text.strip()
    refuse_credentials(text)
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if separator and scheme in ("http", "https"):
        return _read_web(text)
    if not separator or scheme not in NORMAL:
        raise ValidationError(_FOREIGN.get(scheme, _UNKNOWN) if separator else _UNKNOWN)
    container, slash, path = rest.partition("/")
    container, at, host = container.partition("@")
    if not container:
        raise ValidationError(f"`{scheme}://` needs a container: `{scheme}://container/path`.")
    normal = parse_path(f"{NORMAL[scheme]}://{container}{slash}{path}")
    account = _account_at(host) if at else None
    return Typed(normal, account, tuple(_notes(scheme, normal, account, host)))


def _account_at(host: str) -> AccountUrl:
    """The account that stands behind the `@`."""
    if ".blob." not in host.lower() and ".dfs." not in host.lower():
        raise ValidationError(
            "After the `@` stands the account's host, as in"
            " `abfss://container@account.dfs.core.windows.net/path`."
        )
    return parse_account_url(f"https://{host}")


def _read_web(text: str) -> Typed:
    """Read `https://account.blob.core.windows.net/container/path`, in which a path is written
    with percent signs."""
    try:
        url = urlsplit(text)
        host, _ = (url.hostname or "").lower(), url.port
        parts = [unquote(part, errors="strict") for part in url.path.split("/") if part]
    except ValueError:
        raise ValidationError("This is not an address like `https://host/container`.") from None
    above = 1 if _names_account_in_path(host) else 0
    account = _account_of(url, host, "/".join(parts[:above]))
    if len(parts) == above:
        raise ValidationError(
            f"The address names an account and no container: `{account}/container/path`."
        )
    path = parse_path("az://" + "/".join(parts[above:]))
    return Typed(path, account, tuple(_notes(url.scheme, path, account, host)))


def _account_of(url: SplitResult, host: str, name: str) -> AccountUrl:
    """The account of a web address. To Azure itself it is always https: what is sent signs in."""
    scheme = "https" if ".blob." in host or ".dfs." in host else url.scheme
    return parse_account_url(f"{scheme}://{url.netloc}/{name}")


def _names_account_in_path(host: str) -> bool:
    """Whether this is an emulator's host: a bare address or a name within one network. A domain of
    one's own stands for an account, and its paths begin with the container."""
    return is_ip(host) or "." not in host


def _notes(scheme: str, path: StorePath, account: AccountUrl | None, host: str) -> list[str]:
    notes = []
    if scheme in ("abfss", "wasb", "wasbs"):
        notes.append(
            f"`{scheme}://` is written as `{path.scheme}://`; the connection is encrypted all the"
            " same."
        )
    if account is None:
        return notes
    if ".dfs." in host.lower():
        notes.append(
            f"`{host.lower()}` is the account's Data Lake address. Storeroom talks to"
            f" `{account.host}`, where the same artifacts are."
        )
    if scheme == "http" and account.scheme == "https":
        notes.append("`http://` is written as `https://`: what is sent signs in.")
    carried = f"the account name `{account.account}`" if account.account else f"`{account.host}`"
    notes.append(f"`{path}` does not carry {carried}: it is kept as the account's address.")
    return notes
