"""What is in a container, or in a folder of it."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from azure.storage.blob import BlobPrefix, ContainerClient

from stores.flavors import reach
from stores.flavors.azure.address import StorePath
from stores.flavors.base import Artifact, Folder
from stores.flavors.fetching import each

# How the service's answer begins, behind a mark of its encoding and a declaration.
# https://learn.microsoft.com/rest/api/storageservices/list-blobs#response-body
BEGINNING = b"<EnumerationResults"


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in a folder of a store, "" for all of it, asked for a page at a time.

    `translated` turns what the SDK raises into a `StoreError`; `host` is who answers.
    """

    container: ContainerClient
    path: StorePath
    folder: str
    host: str
    translated: Callable[[], AbstractContextManager[None]]

    def artifacts(self, page_size: int | None) -> Iterator[Artifact]:
        """Every artifact below the folder. Raises `StoreError`."""
        pages = self.container.list_blobs(results_per_page=page_size, **self._asked())
        for blob in self._each(pages):
            yield artifact_of(self.path.artifact_name(blob.name), blob)

    def names(self, page_size: int | None) -> Iterator[str]:
        """Their names alone, for less work. Raises `StoreError`."""
        pages = self.container.list_blob_names(results_per_page=page_size, **self._asked())
        yield from map(self.path.artifact_name, self._each(pages))

    def entries(self) -> Iterator[Artifact | Folder]:
        """The artifacts and folders right in the folder. Raises `StoreError`."""
        for blob in self._each(self.container.walk_blobs(delimiter="/", **self._asked())):
            name = self.path.artifact_name(blob.name)
            if isinstance(blob, BlobPrefix):
                yield Folder(name[:-1])
            else:
                yield artifact_of(name, blob)

    def _each(self, pages: Any) -> Iterator[Any]:
        for page in each(pages.by_page(), self.translated):
            yield from page

    def _asked(self) -> dict[str, Any]:
        parts = (*self.path.parts, self.folder) if self.folder else self.path.parts
        return {
            "name_starts_with": "/".join((*parts, "")) if parts else None,
            "raw_response_hook": self._refuse_others,
        }

    def _refuse_others(self, response: Any) -> None:
        """Raise `StoreError` where something else came in a listing's place and says that all is
        well: the SDK would take it for an empty container, or break over it."""
        answer = response.http_response
        is_xml = (answer.content_type or "").startswith("application/xml")
        if answer.status_code == 200 and not (is_xml and BEGINNING in answer.body()[:200]):
            raise reach.misunderstood(self.host)


def artifact_of(name: str, blob: Any) -> Artifact:
    """The artifact of this name, of whose blob the SDK tells that."""
    md5 = binascii.hexlify(blob.content_settings.content_md5 or b"").decode()
    return Artifact(name, blob.size, blob.etag.strip('"'), md5, blob.last_modified)
