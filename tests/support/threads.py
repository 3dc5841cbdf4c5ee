"""What happens at the same time as a test's own work."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection


def begin(work: Callable[[], object]) -> threading.Thread:
    """The work in a thread of its own, which gets as far as it can within a moment."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.3)
    return thread
