"""What is wanted of the sample and what became of it: two small files that the web, the commands
and `up` share. Keeps out the database.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.conf import settings

ACCOUNT = "storeroomsample"
CONTAINER = "sample-artifacts"
OFFER = (
    "A container in an emulated Azure with its secret, a folder with some artifacts, and a stack"
    " with a mistake in it, to look around in. Nothing leaves this machine, and one click removes"
    " it."
)


class State(StrEnum):
    """Where the sample is between being wanted and being removed."""

    ABSENT = "absent"
    WANTED = "wanted"
    LOADED = "loaded"
    FAILED = "failed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Status:
    """The sample's state and a sentence about it.

    `rows` are the keys of what it brought, by model; `port` is where the sample's secret says
    that the embedded Azure answers, 0 where the sample does without.
    """

    state: State = State.ABSENT
    words: str = OFFER
    rows: dict[str, list[int]] = field(default_factory=dict)
    port: int = 0

    @property
    def is_loaded(self) -> bool:
        """Whether it is there."""
        return self.state == State.LOADED

    @property
    def can_remove(self) -> bool:
        """Whether there is something to remove, or to call off."""
        return self.is_loaded or self.is_coming

    @property
    def is_coming(self) -> bool:
        """Whether `up` is at it."""
        return self.state == State.WANTED

    @property
    def can_load(self) -> bool:
        """Whether asking for it makes sense: a running `up` has to fetch and run Azurite."""
        return not self.is_loaded and not self.is_coming and "STOREROOM_UP" in os.environ


@dataclass(frozen=True, slots=True)
class Emulator:
    """The account in the embedded Azure and the port where it answers."""

    port: int
    key: str = field(repr=False)
    account: str = ACCOUNT

    @property
    def account_variable(self) -> str:
        """How Azurite is told the account: the value of AZURITE_ACCOUNTS."""
        return f"{self.account}:{self.key}"

    @property
    def connection_string(self) -> str:
        """What the sample's secret holds."""
        return (
            f"DefaultEndpointsProtocol=http;AccountName={self.account};AccountKey={self.key};"
            f"BlobEndpoint=http://127.0.0.1:{self.port}/{self.account};"
        )


def folder() -> Path:
    """Where all of the sample's files lie."""
    return settings.HOME.sample


def artifacts_folder() -> Path:
    """The root of the sample's local store."""
    return settings.HOME.sample_artifacts


def emulator_file() -> Path:
    """Where the embedded Azure's account is kept."""
    return folder() / "azure.json"


def status() -> Status:
    """What the file says; one that is missing or cannot be read says that there is no sample."""
    kept = _read(_state_file())
    try:
        return Status(**(kept | {"state": State(kept["state"])}))
    except (KeyError, ValueError, TypeError):
        return Status()


@contextmanager
def lock() -> Iterator[None]:
    """Hold the sample: whoever else changes it or its status waits, in any process.

    Take it before a transaction, never inside one, and not again while it is held.
    """
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with _state_file().with_suffix(".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def want() -> None:
    """Ask the running `up` for the sample, or the next one."""
    with lock():
        if not status().is_loaded:
            write(Status(State.WANTED, "The sample is about to be loaded."))


def note(words: str) -> None:
    """Say how far the wanted sample is."""
    with lock():
        current = status()
        if current.is_coming and current.words != words:
            write(replace(current, words=words))


def fail(words: str) -> None:
    """Give the wanted sample up."""
    with lock():
        if status().is_coming:
            write(Status(State.FAILED, words))


def write(new: Status) -> None:
    """Replace what the file says, as a whole. The caller holds the lock."""
    _write(_state_file(), asdict(new))


def emulator() -> Emulator | None:
    """The embedded Azure's account, once there is one."""
    kept = _read(emulator_file())
    try:
        return Emulator(int(kept["port"]), str(kept["key"]))
    except (KeyError, ValueError, TypeError):
        return None


def keep_emulator(port: int) -> Emulator:
    """Note the port where the embedded Azure answers; the first time, make its account's key."""
    known = emulator()
    key = known.key if known else base64.b64encode(secrets.token_bytes(64)).decode()
    if known is None or known.port != port:
        _write(emulator_file(), {"port": port, "key": key})
    return Emulator(port, key)


def _state_file() -> Path:
    return folder() / "state.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    """The file is for this user alone, and readers see the old content or the new. A disk that is
    full leaves the old one and no draft."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file)
        os.replace(draft, path)
    except OSError:
        os.unlink(draft)
        raise
