"""How the servers of the tests begin and end: in a process of their own, or in a thread."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

SECONDS_TO_START = 60


def free_port() -> int:
    """A port of this machine where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ProcessServer:
    """A program that listens on `port` for the length of the `with` block, in a folder that is
    removed at its end."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self.port = free_port()

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="storeroom-server-")
        self._log = Path(self._folder.name) / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self.command(),
                env=os.environ | self.environment(),
                cwd=self._folder.name,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait_until_it_answers()
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def command(self) -> Sequence[str]:
        """The program and its arguments."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """What it finds beside this process's own environment."""
        return {}

    def prepare(self) -> None:
        """What is to be done as soon as it answers."""

    def _wait_until_it_answers(self) -> None:
        """Both are asked: a port may answer because another program took it."""
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.command()} ended at once: {self._log.read_text()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"{self.command()} is silent: {self._log.read_text()}")


class ThreadServer:
    """Something on a free port of this machine that answers by HTTP for the length of the `with`
    block."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()
