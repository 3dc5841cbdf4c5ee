"""What the SDK hands over of the service's replies, read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from stores.flavors.base import StoreError
from stores.flavors.s3.errors import Attempt, classify

# Where rclone, too, keeps the MD5 (base64) of what the ETag does not tell it of.
MD5 = "md5chksum"


def answered(error: ClientError, attempt: Attempt) -> StoreError:
    """The error for an answer of the service that is not a success."""
    told, about = error.response.get("Error", {}), error.response["ResponseMetadata"]
    code = str(told.get("Code", ""))
    headers = about.get("HTTPHeaders", {})
    region = str(told.get("Region") or headers.get("x-amz-bucket-region", ""))
    return classify(
        about.get("HTTPStatusCode", 0),
        "" if code.isdigit() else code,  # The SDK's own, where an answer has no body.
        str(told.get("Message", "")),
        about.get("RequestId", ""),
        attempt,
        re.sub(r"[^a-z0-9-]", "", region)[:40],
    )


def was_sent_again(error: StoreError) -> bool:
    """Whether the SDK had sent the request before the one that failed so."""
    cause = error.__cause__
    return isinstance(cause, ClientError) and bool(
        cause.response["ResponseMetadata"].get("RetryAttempts")
    )


def md5_of(found: Mapping[str, Any]) -> str:
    """The MD5 (hex) that the service keeps, or "". The ETag is one where the object was stored in
    one request and not encrypted with a key of one's own.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html"""
    with suppress(binascii.Error, ValueError):
        noted = base64.b64decode(found["Metadata"].get(MD5, ""), validate=True)
        if len(noted) == hashlib.md5(usedforsecurity=False).digest_size:
            return noted.hex()
    etag = bare(found["ETag"])
    own_key = "SSECustomerAlgorithm" in found or "kms" in found.get("ServerSideEncryption", "")
    return etag if re.fullmatch("[0-9a-f]{32}", etag) and not own_key else ""


def bare(etag: str) -> str:
    """The ETag without its quotation marks."""
    return etag.strip('"')
