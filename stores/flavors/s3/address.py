"""Amazon's rules for buckets and regions, and where it answers. Pure text."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

from stores.flavors.buckets import BucketPath, Endpoint, is_ip, parse_bucket_path

DEFAULT_REGION = "us-east-1"

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
# Its ETags and its listings are of another kind: they would be read wrongly.
_DIRECTORY_BUCKET = "--x-s3"


def parse_path(text: str) -> BucketPath:
    """Read `s3://bucket[/path]`. Raises `ValidationError` with the rule that it broke."""
    return parse_bucket_path(text, "s3", _check_bucket)


def _check_bucket(name: str) -> None:
    if name.endswith(_DIRECTORY_BUCKET):
        raise ValidationError(
            f"`{name}` is a directory bucket (S3 Express). A store needs a general purpose bucket."
        )
    if not _BUCKET.fullmatch(name) or is_ip(name):
        raise ValidationError(
            "Bucket names have 3–63 lower-case letters, digits, dots or hyphens, begin and end"
            f" with a letter or digit, and are no IP address: `{name}` is not so."
        )


def check_region(name: str) -> None:
    """Raise `ValidationError` for what no region is called: it becomes part of a host."""
    if name and not _REGION.fullmatch(name):
        raise ValidationError("A region is called like `eu-central-1`.")


def amazon_endpoint(region: str) -> Endpoint:
    """Where Amazon answers for a region. https://docs.aws.amazon.com/general/latest/gr/s3.html"""
    check_region(region)
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return Endpoint("https", f"s3.{region}.{suffix}", 443)


def is_amazon(endpoint: Endpoint) -> bool:
    """Whether Amazon itself answers there."""
    return endpoint.host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def place(endpoint: Endpoint) -> str:
    """What tells this service's buckets from all others: bucket names are unique in all of
    Amazon's regions (China's apart), elsewhere in one service."""
    if not is_amazon(endpoint):
        return endpoint.netloc
    return "amazonaws.com.cn" if endpoint.host.endswith(".cn") else "amazonaws.com"
