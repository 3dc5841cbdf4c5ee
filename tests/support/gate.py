"""A gate in the fault proxy: requests wait at it until a test has changed the world."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

SECONDS = 180


class Gate:
    """Closed at first; open at the latest at the end of the `with` block.

    Calling it is waiting at it: `proxy.add("PUT", before=gate)`.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self._lock = threading.Lock()
        self._opened = threading.Event()

    def __call__(self) -> None:
        with self._lock:
            self.waiting += 1
        self._opened.wait(SECONDS)

    def open(self) -> None:
        """Let all pass, now and from now on."""
        self._opened.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.open()
