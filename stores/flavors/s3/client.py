"""A bucket in S3, opened, by Amazon's SDK.

Every call goes through `_translated`, so no SDK error gets out of here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from botocore import __version__ as VERSION
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from project import outgoing
from stores.flavors import reach
from stores.flavors.base import (
    AlreadyExists,
    Artifact,
    Backend,
    Changed,
    NotFound,
    StoreError,
)
from stores.flavors.buckets import BucketPath, Endpoint
from stores.flavors.fetching import each
from stores.flavors.intake import MIB, Intake
from stores.flavors.s3.address import is_amazon
from stores.flavors.s3.connection import TRIES, connect_to
from stores.flavors.s3.credentials import AccessKey
from stores.flavors.s3.errors import Attempt
from stores.flavors.s3.replies import answered, bare, md5_of
from stores.flavors.s3.writing import PART, Writing

# How a listing begins, behind a declaration.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
LISTING = b"<ListBucketResult"
# What one request reads.
PIECE = 4 * MIB
# What breaks off while the bytes of an answer come in, and may be asked for again.
BROKEN_OFF = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)


class S3Backend(Backend):
    """A bucket, or a folder in it. May be shared between threads.

    The service names versions by ETags, and takes conditions with every write. Some services that
    speak S3's protocol ignore them: there the condition is looked at beforehand as well.
    """

    def __init__(
        self, path: BucketPath, endpoint: Endpoint, region: str, keys: AccessKey, timeout: float
    ) -> None:
        self._path = path
        self._endpoint = endpoint
        self._region = region
        self._timeout = timeout
        self._reached: dict[str, str] = {}
        self._client = connect_to(endpoint, region, keys, timeout)
        self._client.meta.events.register(
            "before-parse.s3.ListObjectsV2", self._refuse_other_than_listings
        )

    def resolve(self) -> str:
        return reach.resolve(self._endpoint, self._reached)

    def connect(self) -> str:
        return reach.connect(self._endpoint, self._reached)

    def identify(self) -> str:
        return "Signs each request with an access key."

    def find_container(self) -> str:
        next(iter(self.list(page_size=1)), None)
        return f"`{self._path.bucket}` exists."

    def facts(self) -> dict[str, str]:
        return {"sdk": f"botocore {VERSION}", **self._reached}

    def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[Artifact]:
        """Tells no MD5: that an ETag is one, depends on how the object is encrypted, and a listing
        does not say that. Passes over the empty objects with which consoles mark folders."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._path.bucket,
            Prefix=self._path.folder(prefix),
            PaginationConfig={"PageSize": page_size} if page_size else {},
        )
        for page in each(iter(pages), lambda: self._translated("list", prefix)):
            for found in page.get("Contents", ()):
                if found["Key"].endswith("/") and not found["Size"]:
                    continue
                name = self._path.artifact_name(found["Key"])
                yield Artifact(
                    name,
                    found["Size"],
                    bare(found["ETag"]),
                    "",
                    found["LastModified"].astimezone(UTC),
                )

    def stat(self, name: str) -> Artifact:
        key = self._path.key(name)
        with self._translated("read", name):
            found = self._client.head_object(Bucket=self._path.bucket, Key=key)
        return Artifact(
            name,
            found["ContentLength"],
            bare(found["ETag"]),
            md5_of(found),
            found["LastModified"].astimezone(UTC),
        )

    def md5(self, name: str) -> str:
        return self.stat(name).md5

    def read(
        self, name: str, *, etag: str = "", offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        key = self._path.key(name)
        if length == 0:
            self.stat(name)
            return
        position, end = offset, None if length is None else offset + length
        while end is None or position < end:
            until = position + PIECE if end is None else min(position + PIECE, end)
            try:
                piece, etag, size = self._fetch(name, key, position, until, etag)
            except StoreError as error:
                if error.code in ("InvalidRange", "416"):
                    return
                raise
            yield piece
            end = size if end is None else min(end, size)
            position += len(piece)

    def write(
        self, name: str, pieces: Iterable[bytes], *, size: int, replaces: str = ""
    ) -> Artifact:
        target = {"Bucket": self._path.bucket, "Key": self._path.key(name)}
        condition = {"IfMatch": f'"{replaces}"'} if replaces else {"IfNoneMatch": "*"}
        writing = Writing(
            self._client,
            Intake(name, pieces, size),
            name,
            size,
            target,
            condition,
            translated=lambda: self._translated("write", name),
            stat=lambda: self.stat(name),
        )
        if not is_amazon(self._endpoint):
            self._refuse_beforehand(name, replaces)
        return writing.upload() if size > PART else writing.put()

    def delete(self, name: str) -> None:
        """S3 itself answers a delete of what is not there with success."""
        self.stat(name)
        with self._translated("delete", name):
            self._client.delete_object(Bucket=self._path.bucket, Key=self._path.key(name))

    def close(self) -> None:
        self._client.close()

    def _refuse_other_than_listings(self, response_dict: dict[str, Any], **_: Any) -> None:
        """Raise `StoreError` where something else came in a listing's place and says that all is
        well: the SDK would take it for an empty bucket."""
        if response_dict["status_code"] == 200 and LISTING not in response_dict["body"][:300]:
            raise reach.misunderstood(self._endpoint.host)

    def _fetch(
        self, name: str, key: str, start: int, until: int, etag: str
    ) -> tuple[bytes, str, int]:
        """The bytes from `start` to before `until`, the version that they are of, and the size of
        the whole. A body that breaks off is asked for again, of the same version."""
        options = {"IfMatch": f'"{etag}"'} if etag else {}
        with self._translated("read", name):
            for left in reversed(range(TRIES)):
                reply = self._client.get_object(
                    Bucket=self._path.bucket,
                    Key=key,
                    Range=f"bytes={start}-{until - 1}",
                    **options,
                )
                try:
                    data = reply["Body"].read()
                except BROKEN_OFF:
                    if not left:
                        raise
                else:
                    break
        size = int(reply["ContentRange"].rpartition("/")[2])
        return data, bare(reply["ETag"]), size

    def _refuse_beforehand(self, name: str, replaces: str) -> None:
        """Raise `Changed` when what is there is not what the write is meant for."""
        try:
            there = self.stat(name).etag
        except NotFound:
            there = ""
        if there == replaces:
            return
        if not replaces:
            raise AlreadyExists(f"`{name}` is already there.")
        raise Changed(f"`{name}` is another version by now.")

    @contextmanager
    def _translated(self, operation: str, name: str) -> Iterator[None]:
        """Turn whatever the SDK raises into a `StoreError`."""
        try:
            yield
        except ClientError as error:
            attempt = Attempt(operation, self._path.bucket, self._region, name)
            raise answered(error, attempt) from error
        except ReadTimeoutError as error:
            raise reach.silent(self._endpoint.host, self._timeout) from error
        except (BotoCoreError, OSError, outgoing.Refused) as error:
            raise reach.explain(error, self._endpoint.host) from error
