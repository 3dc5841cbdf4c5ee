"""One artifact on its way into a container in Azure: in one request, or in blocks.

Blocks that a killed process left without a commit are seen by nobody; Azure forgets them after a
week. https://learn.microsoft.com/rest/api/storageservices/put-block
"""

from __future__ import annotations

import mimetypes
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from azure.core import MatchConditions
from azure.storage.blob import BlobBlock, BlobClient, ContentSettings

from stores.flavors.base import AlreadyExists, Artifact, Changed, NotFound
from stores.flavors.intake import MIB, Intake, cut, piece_size

# What one request carries: larger artifacts go up in blocks and come down in ranges of this size.
PIECE = 4 * MIB
MOST_BLOCKS = 50_000
# One entry for each time that the SDK sent a request again.
Retries = list[bool]


@dataclass(frozen=True, slots=True)
class Writing:
    """An artifact to be stored as `blob` where nothing is yet, or in the place of the version
    that `replaces` names.

    `translated` turns what the SDK raises in an operation into a `StoreError`; `stat` tells what
    is there now.
    """

    blob: BlobClient
    intake: Intake
    name: str
    size: int
    replaces: str
    translated: Callable[[str], AbstractContextManager[None]]
    stat: Callable[[], Artifact]

    def put(self) -> Artifact:
        """Store it in one request. Raises `StoreError`."""
        whole = b"".join(self.intake)

        def send(**options: Any) -> dict[str, Any]:
            return self.blob.upload_blob(
                whole, length=self.size, overwrite=True, validate_content=True, **options
            )

        return self._commit(send)

    def upload(self) -> Artifact:
        """Store it in blocks, of which readers see none before the commit. Raises `StoreError`."""
        blocks = self._stage()

        def send(**options: Any) -> dict[str, Any]:
            return self.blob.commit_block_list([*blocks], **options)

        return self._commit(send)

    def _stage(self) -> Sequence[BlobBlock]:
        """Send the blocks. Their ids are this attempt's own: two writers with equal ids would mix
        their contents."""
        attempt = uuid.uuid4().hex
        blocks = []
        cuts = cut(self.intake, piece_size(self.size, PIECE, MOST_BLOCKS))
        for number, data in enumerate(cuts):
            block = f"{attempt}-{number:05d}"
            with self.translated("write"):
                self.blob.stage_block(block, data, length=len(data), validate_content=True)
            blocks.append(BlobBlock(block))
        return blocks

    def _commit(self, send: Callable[..., dict[str, Any]]) -> Artifact:
        """Make the artifact visible.

        When the reply to our own commit was lost, the SDK's retry finds our artifact in its way:
        what is there with our size and MD5 is then taken for ours.
        """
        md5 = self.intake.md5
        settings = ContentSettings(
            content_type=mimetypes.guess_type(self.name)[0] or "application/octet-stream",
            content_md5=bytearray.fromhex(md5),
        )
        retries: Retries = []
        try:
            with self.translated("overwrite" if self.replaces else "write"):
                reply = send(
                    content_settings=settings,
                    retry_hook=lambda **_: retries.append(True),
                    **only_if(self.replaces),
                )
        except NotFound as error:
            gone = f"`{self.name}` is gone by now."
            raise Changed(gone, error.code, error.request_id) from error
        except (AlreadyExists, Changed):
            if retries:
                there = self.stat()
                if (there.size, there.md5) == (self.size, md5):
                    return there
            raise
        return Artifact(
            self.name, self.size, reply["etag"].strip('"'), md5, reply["last_modified"]
        )


def only_if(etag: str) -> dict[str, Any]:
    """The condition of a request: that this version is there, or without an etag that nothing
    is."""
    if not etag:
        return {"match_condition": MatchConditions.IfMissing}
    return {"etag": f'"{etag}"', "match_condition": MatchConditions.IfNotModified}
