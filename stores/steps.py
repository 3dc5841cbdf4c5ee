"""One step of a check: what it showed, and how something is tried within a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from stores.flavors.base import Category, StoreError


@dataclass(frozen=True)
class Step:
    """What one step showed. `mark` is "ok", "failed", "skipped", or "unknown" where it proved
    neither; `ms` is how long it took; the rest is as in `StoreError`.

    `facts` are what was found out by it, see `Backend.facts`. `parts` are the single rights that
    were tried in it, where there were several.
    """

    name: str
    mark: str
    words: str
    ms: int = 0
    category: str = ""
    code: str = ""
    request_id: str = ""
    action: str = ""
    command: str = ""
    reason: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    parts: tuple[Step, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON can hold it."""
        return vars(self) | {"parts": [part.as_dict() for part in self.parts]}


def attempt(name: str, action: Callable[[], str | Step]) -> Step:
    """Carry something out and turn what it returned or raised into a step."""
    start = time.monotonic()
    try:
        outcome = action()
    except StoreError as error:
        return Step(
            name,
            "failed",
            error.text,
            _ms_since(start),
            error.category,
            error.code,
            error.request_id,
            error.action,
            error.command,
            error.reason,
        )
    if isinstance(outcome, Step):
        return replace(outcome, ms=_ms_since(start))
    return Step(name, "ok", outcome, _ms_since(start))


def within(seconds: float, action: Callable[[], Any], budget: float) -> Any:
    """What `action` returns or raises, or `StoreError(TIMEOUT)` once the time is up.

    It runs in a thread of its own: a name lookup or a trickling answer cannot be interrupted,
    only left behind.
    """
    result: list[Any] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            result.append(action())
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    if raised:
        raise raised[0]
    if not result:
        raise StoreError(
            Category.TIMEOUT,
            f"Stopped here: a check may take {budget:g} s in all, and they are over.",
            action="Check again; where it stops at the same step, the steps before it are valid.",
        )
    return result[0]


def _ms_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
