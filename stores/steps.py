"""One step of a check: what it showed, and how something is tried within a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import Any

from stores.flavors.base import Category, StoreError

# What an action returned, and what it raised.
Answer = SimpleQueue[tuple[Any, BaseException | None]]
Work = SimpleQueue[tuple[Callable[[], Any], Answer]]

# What each thread waits for that has nothing to do.
_idle: list[Work] = []


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

    It runs in another thread: a name lookup or a trickling answer cannot be interrupted, only left
    behind.
    """
    answer: Answer = SimpleQueue()
    try:
        work = _idle.pop()
    except IndexError:
        work = SimpleQueue()
        threading.Thread(target=_serve, args=(work,), daemon=True).start()
    work.put((action, answer))
    try:
        result, error = answer.get(timeout=max(seconds, 0))
    except Empty:
        raise StoreError(
            Category.TIMEOUT,
            f"Stopped here: a check may take {budget:g} s in all, and they are over.",
            action="Check again; where it stops at the same step, the steps before it are valid.",
        ) from None
    if error:
        raise error
    return result


def _serve(work: Work) -> None:
    """Do one thing after the other, for ever: most take less time than to start a thread would."""
    while True:
        _do(*work.get(), work)


def _do(action: Callable[[], Any], answer: Answer, work: Work) -> None:
    """Carry one action out. A function of its own, so that an idle thread holds on to nothing."""
    try:
        result = action()
    except BaseException as error:
        _idle.append(work)
        answer.put((None, error))
    else:
        _idle.append(work)
        answer.put((result, None))


def _ms_since(start: float) -> int:
    return round((time.monotonic() - start) * 1000)
