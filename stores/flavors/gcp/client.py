"""A bucket in Google Cloud Storage, opened, by Google's SDK.

Every call goes through `_translated`, so no SDK error gets out of here. An upload that was left
unfinished is no object and is seen by nobody; Google forgets it after a week.
"""

from __future__ import annotations

import base64
import io
import mimetypes
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any

from google.cloud.storage import Blob
from google.cloud.storage import __version__ as VERSION

from stores.flavors import reach
from stores.flavors.base import (
    Artifact,
    Backend,
    NotFound,
    StoreError,
)
from stores.flavors.bucket_answers import meant_by
from stores.flavors.buckets import BucketPath, Endpoint
from stores.flavors.fetching import each
from stores.flavors.gcp.connection import connect_to
from stores.flavors.gcp.credentials import ServiceAccount
from stores.flavors.gcp.errors import Attempt
from stores.flavors.gcp.replies import translated
from stores.flavors.gcp.tries import Tries
from stores.flavors.intake import MIB, Intake

# What one request carries: larger artifacts go up in chunks and come down in ranges of this size.
PIECE = 4 * MIB
LISTED = "items(name,size,generation,md5Hash,updated),nextPageToken"


class GcpBackend(Backend):
    """A bucket, or a folder in it. The service names versions by generation numbers, and an
    artifact's `etag` is that number."""

    def __init__(
        self, path: BucketPath, endpoint: Endpoint, account: ServiceAccount, timeout: float
    ) -> None:
        self._path = path
        self._endpoint = endpoint
        self._account = account
        self._timeout = timeout
        self._reached: dict[str, str] = {}
        self._client = connect_to(endpoint, account)
        self._bucket = self._client.bucket(path.bucket)

    def resolve(self) -> str:
        return reach.resolve(self._endpoint, self._reached)

    def connect(self) -> str:
        return reach.connect(self._endpoint, self._reached)

    def identify(self) -> str:
        return f"Asks Google for tokens as `{self._account.email}`."

    def find_container(self) -> str:
        next(iter(self.list(page_size=1)), None)
        return f"`{self._path.bucket}` exists."

    def facts(self) -> dict[str, str]:
        sdk = f"google-cloud-storage {VERSION}"
        return {"sdk": sdk, "identity": self._account.email, **self._reached}

    def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[Artifact]:
        """Passes over the empty objects with which consoles mark folders."""
        pages = self._client.list_blobs(
            self._bucket,
            prefix=self._path.folder(prefix) or None,
            page_size=page_size,
            fields=LISTED,
            **self._options(Tries()),
        ).pages
        for page in each(pages, lambda: self._translated("list", prefix)):
            for blob in page:
                if not (blob.name.endswith("/") and not blob.size):
                    yield _artifact(self._path.artifact_name(blob.name), blob)

    def stat(self, name: str) -> Artifact:
        blob = self._blob(name)
        with self._translated("read", name):
            blob.reload(**self._options(Tries()))
        return _artifact(name, blob)

    def md5(self, name: str) -> str:
        return self.stat(name).md5

    def read(
        self, name: str, *, etag: str = "", offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        blob = self._blob(name)
        if length == 0 or not etag:
            etag = self.stat(name).etag  # All pieces are of this version.
        position, end = offset, None if length is None else offset + length
        while end is None or position < end:
            until = position + PIECE if end is None else min(position + PIECE, end)
            try:
                with self._translated("read", name):
                    piece = blob.download_as_bytes(
                        start=position,
                        end=until - 1,
                        raw_download=True,
                        checksum=None,
                        if_generation_match=int(etag),
                        **self._options(Tries()),
                    )
            except StoreError as error:
                if error.code in ("requestedRangeNotSatisfiable", "416"):
                    return
                raise
            yield piece
            if len(piece) < until - position:
                return
            position = until

    def write(
        self, name: str, pieces: Iterable[bytes], *, size: int, replaces: str = ""
    ) -> Artifact:
        blob = self._blob(name)
        intake = Intake(name, pieces, size)
        source: io.BytesIO | _Stream
        source = _Stream(intake) if size > PIECE else io.BytesIO(b"".join(intake))
        tries = Tries()
        try:
            with self._translated("write", name):
                blob.upload_from_file(
                    source,
                    size=size,
                    content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
                    checksum="md5",
                    if_generation_match=int(replaces or 0),
                    **self._options(tries),
                )
        except StoreError as error:
            if isinstance(source, _Stream) and source.broke:
                raise source.broke from None
            ours = self._ours(name, size, intake.md5) if tries.again else None
            if ours is None:
                raise meant_by(error, name, replaces=bool(replaces)) from error
            return ours
        return _artifact(name, blob)

    def delete(self, name: str) -> None:
        blob = self._blob(name)
        tries = Tries()
        try:
            with self._translated("delete", name):
                blob.delete(**self._options(tries))
        except NotFound:
            if not tries.again:
                raise

    def close(self) -> None:
        self._client.close()

    def _ours(self, name: str, size: int, md5: str) -> Artifact | None:
        """What is there, if it has our size and MD5. When the reply to our own request was lost,
        the second one finds our artifact in its way."""
        with suppress(StoreError):
            there = self.stat(name)
            if (there.size, there.md5) == (size, md5):
                return there
        return None

    def _blob(self, name: str) -> Blob:
        return self._bucket.blob(self._path.key(name), chunk_size=PIECE)

    def _options(self, tries: Tries) -> dict[str, Any]:
        return {"retry": tries, "timeout": (reach.CONNECT, self._timeout)}

    def _translated(self, operation: str, name: str) -> AbstractContextManager[None]:
        attempt = Attempt(operation, self._path.bucket, self._account.email, name)
        return translated(
            attempt, self._endpoint.host, self._account.token_endpoint.host, self._timeout
        )


class _Stream(io.RawIOBase):
    """Pieces as a file that can be read once. `broke` is what came out of the pieces instead of
    bytes."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.broke: BaseException | None = None
        self._pieces = iter(pieces)
        self._ahead = bytearray()
        self._taken = 0

    def read(self, size: int = -1) -> bytes:
        """Reads ahead: who is handed the last bytes knows that all pieces were good."""
        try:
            while len(self._ahead) <= size and (piece := next(self._pieces, None)) is not None:
                self._ahead += piece
        except BaseException as error:
            self.broke = error
            raise
        data = bytes(self._ahead[:size])
        del self._ahead[:size]
        self._taken += len(data)
        return data

    def tell(self) -> int:
        return self._taken


def _artifact(name: str, blob: Blob) -> Artifact:
    md5 = base64.b64decode(blob.md5_hash or "").hex()
    return Artifact(name, blob.size, str(blob.generation), md5, blob.updated)
