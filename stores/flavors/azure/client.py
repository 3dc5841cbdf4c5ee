"""A container in Azure Blob Storage, opened, by the storage SDK.

Every call goes through `_translated`, so no SDK error, and with it no URL that holds a SAS
token, gets out of here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import AzureError, HttpResponseError, ServiceResponseTimeoutError
from azure.storage.blob import (
    VERSION,
    BlobClient,
    ContainerClient,
    LinearRetry,
)

from project import outgoing
from project.entra import EntraError
from project.entra.identity import Identity
from project.outgoing.transport import Transport
from secrets_app.redaction.in_clear import InClear
from stores.flavors import reach
from stores.flavors.azure import extras
from stores.flavors.azure.access import SignedWith, access_of
from stores.flavors.azure.address import StorePath
from stores.flavors.azure.credentials import Credentials, sign_in_with
from stores.flavors.azure.errors import Attempt, classify
from stores.flavors.azure.identities import identity_for
from stores.flavors.azure.listing import Listing, artifact_of
from stores.flavors.azure.replies import authorization_of, not_signed_in, reply_of
from stores.flavors.azure.rights import grant
from stores.flavors.azure.writing import PIECE, Retries, Writing, only_if
from stores.flavors.base import (
    Artifact,
    Backend,
    Category,
    Folder,
    NotFound,
    SignIn,
    StoreError,
)
from stores.flavors.fetching import each
from stores.flavors.intake import Intake

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
        return self._listing(prefix).artifacts(page_size)

    def names(self, *, page_size: int | None = None) -> Iterator[str]:
        return self._listing("").names(page_size)

    def entries(self, folder: str = "") -> Iterator[Artifact | Folder]:
        return self._listing(folder).entries()

    def stat(self, name: str) -> Artifact:
        blob = self._blob(name)
        with self._translated("read", name):
            return artifact_of(name, blob.get_blob_properties())

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
                    offset, length, decompress=False, **(only_if(etag) if etag else {})
                ).chunks()
            yield from each(pieces, lambda: self._translated("read", name))
        except StoreError as error:
            if error.code != "InvalidRange":
                raise

    def write(
        self, name: str, pieces: Iterable[bytes], *, size: int, replaces: str = ""
    ) -> Artifact:
        writing = Writing(
            self._blob(name),
            Intake(name, pieces, size),
            name,
            size,
            replaces,
            translated=lambda operation: self._translated(operation, name),
            stat=lambda: self.stat(name),
        )
        return writing.upload() if size > PIECE else writing.put()

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

    def _listing(self, folder: str) -> Listing:
        return Listing(
            self._container,
            self._path,
            folder,
            self._url.host,
            translated=lambda: self._translated("list", folder),
        )

    def _blob(self, name: str) -> BlobClient:
        return self._container.get_blob_client(self._path.blob_name(name))

    @contextmanager
    def _translated(self, operation: str, name: str) -> Iterator[None]:
        """Turn whatever the SDK raises into a `StoreError`."""
        try:
            yield
        except EntraError as error:
            raise not_signed_in(error) from None
        except HttpResponseError as error:
            if error.status_code is None or error.status_code < 300:
                raise reach.explain(error, self._url.host, self._url.scheme) from error
            raise self._answered(error, operation, name) from error
        except ServiceResponseTimeoutError as error:
            raise reach.silent(self._url.host, self._timeout) from error
        except (AzureError, OSError, outgoing.Refused) as error:
            raise reach.explain(error, self._url.host, self._url.scheme) from error

    def _answered(self, error: HttpResponseError, operation: str, name: str) -> StoreError:
        """The error for an answer of the service that is not a success."""
        if self._access.signed_with == SignedWith.TOKEN:
            self._access = self._access.with_token(authorization_of(error))
        return classify(reply_of(error), Attempt(operation, self._access, name), datetime.now(UTC))


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
