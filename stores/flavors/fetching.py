"""What an SDK fetches while one goes through it, so that no SDK's error gets out in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any


def each(
    items: Iterator[Any], translated: Callable[[], AbstractContextManager[None]]
) -> Iterator[Any]:
    """Yield the items, each fetched under `translated`; what whoever takes them raises is not."""
    end = object()
    while True:
        with translated():
            item = next(items, end)
        if item is end:
            return
        yield item
