"""One artifact on its way into a bucket in S3: in one request, or in parts.

An upload that a killed process left unfinished is no object and is seen by nobody, but its parts
are kept until a lifecycle rule of the bucket (AbortIncompleteMultipartUpload) removes them.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.client import BaseClient

from stores.flavors.base import Artifact, StoreError
from stores.flavors.bucket_answers import meant_by
from stores.flavors.intake import MIB, Intake, cut, piece_size
from stores.flavors.s3.replies import MD5, bare, was_sent_again

# What one request writes: larger artifacts go up in parts of this size, and of more where there
# would be too many. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
PART = 16 * MIB
MOST_PARTS = 10_000

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Writing:
    """An artifact to be stored under the key that `target` names, if `condition` holds.

    `translated` turns what the SDK raises into a `StoreError`; `stat` tells what is there now.
    """

    client: BaseClient
    intake: Intake
    name: str
    size: int
    target: dict[str, Any]
    condition: dict[str, Any]
    translated: Callable[[], AbstractContextManager[None]]
    stat: Callable[[], Artifact]

    def put(self) -> Artifact:
        """Store it in one request. Raises `StoreError`."""
        whole = b"".join(self.intake)
        md5 = _base64(bytes.fromhex(self.intake.md5))

        def send() -> Reply:
            return self.client.put_object(
                **self.target,
                **self.condition,
                Body=whole,
                ContentMD5=md5,
                ContentType=self._content_type,
                Metadata={MD5: md5},
            )

        return self._commit(send, self.intake.md5, self.intake.md5)

    def upload(self) -> Artifact:
        """Store it in parts, of which readers see nothing before the last request. No MD5 of the
        whole is kept with it: it would have to be told before the first part. Raises
        `StoreError`."""
        with self.translated():
            begun = self.client.create_multipart_upload(
                **self.target, ContentType=self._content_type
            )
        upload = {**self.target, "UploadId": begun["UploadId"]}
        try:
            parts, etag = self._send_parts(upload)

            def send() -> Reply:
                return self.client.complete_multipart_upload(
                    **upload, **self.condition, MultipartUpload={"Parts": parts}
                )

            return self._commit(send, etag, "")
        except BaseException:
            with suppress(StoreError), self.translated():
                self.client.abort_multipart_upload(**upload)
            raise

    def _send_parts(self, upload: dict[str, Any]) -> tuple[Sequence[Reply], str]:
        """Send the parts, each against its own MD5; what names them at the end, and the ETag that
        the whole will have."""
        parts = []
        digests = hashlib.md5(usedforsecurity=False)
        cuts = cut(self.intake, piece_size(self.size, PART, MOST_PARTS))
        for number, data in enumerate(cuts, start=1):
            digest = hashlib.md5(data, usedforsecurity=False).digest()
            with self.translated():
                reply = self.client.upload_part(
                    **upload, PartNumber=number, Body=data, ContentMD5=_base64(digest)
                )
            parts.append({"PartNumber": number, "ETag": reply["ETag"]})
            digests.update(digest)
        return parts, f"{digests.hexdigest()}-{len(parts)}"

    def _commit(self, send: Callable[[], Reply], mark: str, md5: str) -> Artifact:
        """Make the artifact visible.

        When the reply to our own request was lost, the SDK's second one finds our artifact in its
        way: what is there with our size and `mark` (MD5 or ETag) is then taken for ours.
        """
        try:
            with self.translated():
                reply = send()
        except StoreError as error:
            if was_sent_again(error):
                with suppress(StoreError):
                    there = self.stat()
                    if there.size == self.size and mark in (there.md5, there.etag):
                        return there
            raise meant_by(error, self.name, replaces="IfMatch" in self.condition) from error
        # The reply tells no time of change; that of the answer is the service's own clock.
        answered = parsedate_to_datetime(reply["ResponseMetadata"]["HTTPHeaders"]["date"])
        return Artifact(self.name, self.size, bare(reply["ETag"]), md5, answered)

    @property
    def _content_type(self) -> str:
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
