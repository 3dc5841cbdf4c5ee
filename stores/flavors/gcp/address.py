"""Google's rules for buckets and the names in them, and where it answers. Pure text."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

from stores.flavors.buckets import BucketPath, Endpoint, is_ip, parse_bucket_path

GOOGLE = Endpoint("https", "storage.googleapis.com", 443)

# https://cloud.google.com/storage/docs/buckets#naming
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
# https://cloud.google.com/storage/docs/objects#naming
_UNKEPT = "\r\n"


def parse_path(text: str) -> BucketPath:
    """Read `gs://bucket[/path]`. Raises `ValidationError` with the rule that it broke."""
    return parse_bucket_path(text, "gs", _check_bucket, _UNKEPT)


def _check_bucket(name: str) -> None:
    fits = _BUCKET.fullmatch(name) and all(0 < len(part) <= 63 for part in name.split("."))
    if not fits or is_ip(name):
        raise ValidationError(
            "Bucket names have 3–63 lower-case letters, digits, hyphens, underscores or dots,"
            f" begin and end with a letter or digit, and are no IP address: `{name}` is not so."
        )


def is_google(endpoint: Endpoint) -> bool:
    """Whether Google itself answers there, and over TLS."""
    return endpoint.scheme == "https" and endpoint.host.endswith(".googleapis.com")


def place(endpoint: Endpoint) -> str:
    """What tells this service's buckets from all others: Google's are unique in all of its
    addresses, elsewhere in one service."""
    return "googleapis.com" if is_google(endpoint) else endpoint.netloc
