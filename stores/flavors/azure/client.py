"""A container in Azure Blob Storage, opened: the only module that talks to the storage SDK.

Every call goes through `_translated`, so no SDK error, and with it no URL that holds a SAS
token, gets out of here.
"""

from __future__ import annotations

import binascii
import logging
import mimetypes
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import AzureError, HttpResponseError, ServiceResponseTimeoutError
from azure.storage.blob import (
    VERSION,
    BlobBlock,
    BlobClient,
    BlobPrefix,
    ContainerClient,
    ContentSettings,
    LinearRetry,
)

from project import outgoing
from project.entra import EntraError
from project.entra.identity import Identity
from project.entra.links import Forbidden, Unreachable
from project.outgoing.transport import Transport
from secrets_app.redaction.in_clear import InClear
from stores.flavors import reach
from stores.flavors.azure import extras
from stores.flavors.azure.access import SignedWith, access_of
from stores.flavors.azure.address import StorePath
from stores.flavors.azure.credentials import Credentials, sign_in_with
from stores.flavors.azure.errors import Attempt, classify
from stores.flavors.azure.identities import identity_for
from stores.flavors.azure.reply import Reply
from stores.flavors.azure.rights import grant
from stores.flavors.base import (
    AlreadyExists,
    Artifact,
    Backend,
    Category,
    Changed,
    Folder,
    NotFound,
    SignIn,
    StoreError,
)
from stores.flavors.intake import Intake, cut

MIB = 1024 * 1024
# What one request carries: larger artifacts go up in blocks and come down in ranges of this size.
PIECE = 4 * MIB
MOST_BLOCKS = 50_000
# One entry for each time that the SDK sent a request again.
Retries = list[bool]

# Below WARNING both write URLs into the log, and a URL may hold a SAS token.
for name in ("azure", "urllib3"):
    logging.getLogger(name).setLevel(logging.WARNING)


class AzureBackend(InClear, Backend):
    """A container, or a folder in it. May be shared between threads.

    Retries are few and short: the SDK's own take minutes to report a dead endpoint. Redirects
    are not followed, because the SDK would follow them to any host.
    """

    def __init__(
        self, path: StorePath, credentials: Credentials, timeout: float, client_id: str = ""
    ) -> None:
        """`client_id` names one of the worker's managed identities."""
        self._path = path
        self._timeout = timeout
        self._url = credentials.account_url
        self._credentials = credentials
        self._access = access_of(path, credentials)
        # Which addresses and whose certificate were found.
        self._reached: dict[str, str] = {}
        self._signer = _signer(credentials, client_id)
        self._container = ContainerClient(
            str(credentials.account_url),
            path.container,
            self._signer,
            transport=Transport(read=timeout),
            retry_policy=LinearRetry(backoff=1, retry_total=2, random_jitter_range=0),
            permit_redirects=False,
            max_single_get_size=PIECE,
            max_chunk_get_size=PIECE,
        )

    def resolve(self) -> str:
        return reach.resolve(self._url, self._reached)

    def connect(self) -> str:
        return reach.connect(self._url, self._reached)

    def extras(self) -> Mapping[str, Callable[[str], str]]:
        return {"tags": self._try_tags, "tier": self._try_tier, "share": self._try_share}

    def facts(self) -> dict[str, str]:
        return {"sdk": f"azure-storage-blob {VERSION}", **self._access.facts(), **self._reached}

    def find_container(self) -> str:
        try:
            with self._translated("container", ""):
                found = self._container.get_container_properties()
        except StoreError as error:
            # A SAS token of a container is told no more than this, however good it is.
            if self._access.signed_with != SignedWith.SAS or error.code != "AuthorizationFailure":
                raise
            text = "The SAS token may not look at the container's properties."
            raise StoreError(Category.PERMISSION, text, error.code, error.request_id) from error
        public = f"anyone may read it ({found.public_access})" if found.public_access else ""
        return f"`{self._path.container}` exists; {public or 'public access is off'}."

    def identify(self) -> str:
        if isinstance(self._signer, AzureNamedKeyCredential):
            return f"Signs each request with the account key of `{self._access.account}`."
        if isinstance(self._signer, AzureSasCredential):
            whose = self._access.account or self._url.host
            return f"Sends a SAS token for `{whose}` with each request."
        with self._translated("container", ""):
            words = self._signer.describe()
        self._access = self._access.with_claims(self._signer.said)
        return words

    def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[Artifact]:
        folder = "/".join((*self._path.parts, prefix) if prefix else self._path.parts)
        pages = self._container.list_blobs(
            name_starts_with=f"{folder}/" if folder else None, results_per_page=page_size
        ).by_page()
        for page in self._each("list", prefix, pages):
            for blob in page:
                yield self._artifact(self._path.artifact_name(blob.name), blob)

    def entries(self, folder: str = "") -> Iterator[Artifact | Folder]:
        inside = "/".join((*self._path.parts, folder) if folder else self._path.parts)
        pages = self._container.walk_blobs(
            name_starts_with=f"{inside}/" if inside else None, delimiter="/"
        ).by_page()
        for page in self._each("list", folder, pages):
            for blob in page:
                name = self._path.artifact_name(blob.name)
                if isinstance(blob, BlobPrefix):
                    yield Folder(name[:-1])
                else:
                    yield self._artifact(name, blob)

    def stat(self, name: str) -> Artifact:
        blob = self._blob(name)
        with self._translated("read", name):
            return self._artifact(name, blob.get_blob_properties())

    def md5(self, name: str) -> str:
        return self.stat(name).md5

    def read(
        self, name: str, *, etag: str = "", offset: int = 0, length: int | None = None
    ) -> Iterator[bytes]:
        blob = self._blob(name)
        if length == 0:
            self.stat(name)
            return
        try:
            with self._translated("read", name):
                pieces = blob.download_blob(
                    offset, length, decompress=False, **(_only_if(etag) if etag else {})
                ).chunks()
            yield from self._each("read", name, pieces)
        except StoreError as error:
            if error.code != "InvalidRange":
                raise

    def write(
        self, name: str, pieces: Iterable[bytes], *, size: int, replaces: str = ""
    ) -> Artifact:
        blob = self._blob(name)
        intake = Intake(name, pieces, size)
        blocks = self._stage(blob, name, intake, size) if size > PIECE else []
        whole = b"".join(intake) if size <= PIECE else b""
        settings = ContentSettings(
            content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            content_md5=bytearray.fromhex(intake.md5),
        )

        operation = "overwrite" if replaces else "write"

        def commit(**options: Any) -> dict[str, Any]:
            options |= {"content_settings": settings, **_only_if(replaces)}
            if blocks:
                return blob.commit_block_list([*blocks], **options)
            return blob.upload_blob(
                whole, length=size, overwrite=True, validate_content=True, **options
            )

        return self._commit(operation, name, size, intake.md5, commit)

    def delete(self, name: str) -> None:
        blob = self._blob(name)
        retries: Retries = []
        try:
            with self._translated("delete", name):
                blob.delete_blob(retry_hook=lambda **_: retries.append(True))
        except NotFound:
            if not retries:
                raise

    def close(self) -> None:
        self._container.close()
        if isinstance(self._signer, Identity):
            self._signer.close()

    def _try_tags(self, name: str) -> str:
        with self._translated("tags", name):
            extras.tag(self._blob(name))
        return "Set a tag, and read it."

    def _try_tier(self, name: str) -> str:
        with self._translated("tier", name):
            extras.set_tier(self._blob(name))
        return "Set the access tier (Hot)."

    def _try_share(self, name: str) -> str:
        """Sign a link that ends soon, and read a byte by it."""
        if self._access.signed_with == SignedWith.SAS:
            how = grant(self._access, ["share"]).action
            raise StoreError(Category.PERMISSION, "A SAS token signs no links.", action=how)
        with self._translated("share", name):
            token = extras.sign_link(
                self._container, self._blob(name), self._credentials.account_key
            )
        link = Credentials(self._url, self._access.account, sas_token=token)
        with AzureBackend(self._path, link, self._timeout) as shared:
            for _ in shared.read(name, length=1):
                pass
        return "Signed a link that may read, and read by it."

    def _stage(
        self, blob: BlobClient, name: str, intake: Intake, size: int
    ) -> Sequence[BlobBlock]:
        """Send the blocks; readers see none of them before the commit.

        Their ids are this attempt's own: two writers with equal ids would mix their contents.
        """
        attempt = uuid.uuid4().hex
        blocks = []
        for number, data in enumerate(cut(intake, _block_size(size))):
            block = f"{attempt}-{number:05d}"
            with self._translated("write", name):
                blob.stage_block(block, data, length=len(data), validate_content=True)
            blocks.append(BlobBlock(block))
        return blocks

    def _commit(
        self,
        operation: str,
        name: str,
        size: int,
        md5: str,
        commit: Callable[..., dict[str, Any]],
    ) -> Artifact:
        """Make the artifact visible.

        When the reply to our own commit was lost, the SDK's retry finds our artifact in its way:
        what is there with our size and MD5 is then taken for ours.
        """
        retries: Retries = []
        try:
            with self._translated(operation, name):
                reply = commit(retry_hook=lambda **_: retries.append(True))
        except NotFound as error:
            raise Changed(f"`{name}` is gone by now.", error.code, error.request_id) from error
        except (AlreadyExists, Changed):
            if retries:
                there = self.stat(name)
                if (there.size, there.md5) == (size, md5):
                    return there
            raise
        return Artifact(name, size, reply["etag"].strip('"'), md5, reply["last_modified"])

    def _blob(self, name: str) -> BlobClient:
        return self._container.get_blob_client(self._path.blob_name(name))

    def _artifact(self, name: str, blob: Any) -> Artifact:
        md5 = binascii.hexlify(blob.content_settings.content_md5 or b"").decode()
        return Artifact(name, blob.size, blob.etag.strip('"'), md5, blob.last_modified)

    def _each(self, operation: str, name: str, items: Iterator[Any]) -> Iterator[Any]:
        """Yield the items, each fetched under `_translated`."""
        end = object()
        while True:
            with self._translated(operation, name):
                item = next(items, end)
            if item is end:
                return
            yield item

    @contextmanager
    def _translated(self, operation: str, name: str) -> Iterator[None]:
        """Turn whatever the SDK raises into a `StoreError`."""
        try:
            yield
        except EntraError as error:
            raise _not_signed_in(error) from None
        except HttpResponseError as error:
            if error.status_code is None or error.status_code < 300:
                raise reach.explain(error, self._url.host, self._url.scheme) from error
            raise self._answered(error, operation, name) from error
        except ServiceResponseTimeoutError as error:
            raise StoreError(
                Category.TIMEOUT,
                f"`{self._url.host}` took the request, but sent nothing for {self._timeout:g} s.",
                action="Try again later.",
            ) from error
        except (AzureError, OSError, outgoing.Refused) as error:
            raise reach.explain(error, self._url.host, self._url.scheme) from error

    def _answered(self, error: HttpResponseError, operation: str, name: str) -> StoreError:
        """The error for an answer of the service that is not a success."""
        headers: Mapping[str, str] = getattr(error.response, "headers", {})
        code = getattr(error, "error_code", None) or headers.get("x-ms-error-code", "")
        code = str(getattr(code, "value", code))
        if self._access.signed_with == SignedWith.TOKEN:
            asked = getattr(getattr(error.response, "request", None), "headers", {})
            self._access = self._access.with_token(asked.get("Authorization", ""))
        reply = Reply(error.status_code or 0, code, error.message, headers)
        return classify(reply, Attempt(operation, self._access, name), datetime.now(UTC))


def _signer(
    credentials: Credentials, client_id: str
) -> Identity | AzureSasCredential | AzureNamedKeyCredential:
    """What signs the requests: exactly the one thing that the credentials hold."""
    if credentials.token_way:
        return identity_for(
            credentials.token_way, credentials.principal, client_id, credentials.account_url
        )
    if credentials.sas_token:
        return AzureSasCredential(credentials.sas_token)
    return AzureNamedKeyCredential(credentials.account_name, credentials.account_key)


def _not_signed_in(error: EntraError) -> StoreError:
    """The error for a token that could not be had. Only Entra's own refusals have a code, and by
    it a reason."""
    category = Category.SIGN_IN
    if isinstance(error, Unreachable):
        category = Category.CONNECT
    elif isinstance(error, Forbidden):
        category = Category.POLICY
    reason = error.reason if error.code else ""
    return StoreError(category, error.text, error.code, action=error.action, reason=reason)


def _only_if(etag: str) -> dict[str, Any]:
    """The condition of a request: that this version is there, or without an etag that nothing
    is."""
    if not etag:
        return {"match_condition": MatchConditions.IfMissing}
    return {"etag": f'"{etag}"', "match_condition": MatchConditions.IfNotModified}


def _block_size(size: int) -> int:
    """Whole MiB a block, and never more blocks than a blob can have."""
    return max(PIECE, -(-size // MOST_BLOCKS // MIB) * MIB)


def create_container(values: Mapping[str, str], container: str) -> None:
    """Make a container in the account that the secret's values lead to; one that is there is
    left as it is. Raises `StoreError`."""
    credentials = sign_in_with(SignIn.FROM_SECRET, values)
    backend = AzureBackend(StorePath("az", container), credentials, timeout=60.0)
    try:
        with backend, backend._translated("write", container):
            backend._container.create_container()
    except StoreError as error:
        if error.code != "ContainerAlreadyExists":
            raise
