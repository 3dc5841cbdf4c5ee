"""Addresses of storage that keeps objects in buckets: `scheme://bucket/path`, and endpoints.

Pure text: opens nothing and knows no SDK. What a bucket may be called is each flavor's own.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

from stores.flavors.base import Category, StoreError

# Both Amazon and Google count the bytes of UTF-8.
_LONGEST_NAME = 1024
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]{0,250}[a-z0-9])?")
_OTHER_SCHEMES = {
    "az": "Azure Blob Storage",
    "abfs": "Azure Blob Storage",
    "s3": "Amazon S3",
    "gs": "Google Cloud Storage",
    "file": "Local folder",
}


@dataclass(frozen=True, slots=True)
class BucketPath:
    """A bucket and the folder in it that a store is. `unkept` are signs that no name may have."""

    scheme: str
    bucket: str
    parts: tuple[str, ...] = ()
    unkept: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}://{'/'.join((self.bucket, *self.parts))}"

    def folder(self, prefix: str = "") -> str:
        """What the keys beneath the folder `prefix` of the store begin with."""
        return "".join(f"{part}/" for part in (*self.parts, prefix) if part)

    def key(self, name: str) -> str:
        """The object that keeps the artifact `name`. Raises `StoreError(NAME)`.

        Parts "." and ".." are refused because HTTP libraries fold them away in a URL: such a
        name would end up outside the store.
        """
        key = "/".join((*self.parts, name))
        reason = ""
        if not name:
            reason = "it is empty"
        elif any(part in (".", "..") for part in name.split("/")):
            reason = "a part of it is `.` or `..`"
        elif re.search("[\0\ud800-\udfff]", name) or any(sign in name for sign in self.unkept):
            reason = "it has a character that no name there may have"
        elif len(key.encode()) > _LONGEST_NAME:
            reason = f"with the store's folder it has {len(key.encode())} bytes, 1,024 are allowed"
        if reason:
            raise StoreError(
                Category.NAME, f"A bucket cannot keep {name[:200]!a} as a name: {reason}."
            )
        return key

    def artifact_name(self, key: str) -> str:
        """The artifact that the object keeps: its key without the store's folder."""
        return key[len(self.folder()) :]


def parse_bucket_path(
    text: str, scheme: str, check_bucket: Callable[[str], None], unkept: str = ""
) -> BucketPath:
    """Read `scheme://bucket[/path]`. Raises `ValidationError` with the rule that it broke, also
    out of `check_bucket`. `unkept` are the signs that no name in the bucket may have."""
    given, separator, rest = text.strip().partition("://")
    if not separator or given.lower() != scheme:
        other = _OTHER_SCHEMES.get(given.lower(), "")
        raise ValidationError(
            f"An address looks like `{scheme}://bucket/path`."
            + (f" This one is for the flavor “{other}”." if separator and other else "")
        )
    if re.search(r"[?#]", rest):
        raise ValidationError("The address has a `?` or `#` in it. Leave out what follows.")
    if re.search("[\x00-\x1f\x7f\\\\\ud800-\udfff]", rest):
        raise ValidationError("The address has a backslash or an invisible character in it.")
    bucket, *parts = rest.split("/")
    if not bucket:
        raise ValidationError(f"`{scheme}://` needs a bucket: `{scheme}://bucket/path`.")
    if "@" in bucket or ":" in bucket:
        raise ValidationError(
            f"Write `{scheme}://bucket/path` without `@` and `:`; credentials belong in a secret."
        )
    check_bucket(bucket)
    parts = [part for part in parts if part]
    if any(part in (".", "..") for part in parts):
        raise ValidationError("Parts `.` and `..` are not allowed in the path.")
    path = BucketPath(scheme, bucket, tuple(parts), unkept)
    if len(path.folder().encode()) > _LONGEST_NAME // 2:
        raise ValidationError("The path after the bucket is longer than 512 bytes.")
    return path


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a service answers."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        """The host, with its port unless that is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def parse_endpoint(text: str) -> Endpoint:
    """Read `https://host[:port]`. Raises `ValidationError`; its words repeat nothing."""
    try:
        url = urlsplit(text.strip())
        port = url.port
    except ValueError:
        raise ValidationError("This is not an address like `https://host`.") from None
    host = (url.hostname or "").lower()
    if url.scheme not in ("http", "https") or not (_HOST.fullmatch(host) or is_ip(host)):
        raise ValidationError("An endpoint begins with `https://` and a host.")
    if url.query or url.fragment or "@" in url.netloc:
        raise ValidationError("An endpoint holds no credentials and no `?` or `#`.")
    if url.path.strip("/"):
        raise ValidationError(
            "An endpoint ends after the host; the bucket belongs in the store's address."
        )
    return Endpoint(url.scheme, host, port or (443 if url.scheme == "https" else 80))


def is_ip(host: str) -> bool:
    """Whether the text is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
