"""How something is tried within a time."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest

from stores.flavors.base import Category, StoreError
from stores.steps import within


class Held:
    """Something that an action uses."""

    def use(self) -> str:
        return "used"


def test_what_an_action_returns_comes_back() -> None:
    assert within(10, lambda: "done", 20) == "done"


def test_what_an_action_raises_is_raised() -> None:
    def fail() -> None:
        raise KeyError("missing")

    with pytest.raises(KeyError, match="missing"):
        within(10, fail, 20)


def test_one_thread_does_one_thing_after_the_other() -> None:
    first = within(10, threading.get_ident, 20)
    second = within(10, threading.get_ident, 20)

    assert first == second != threading.get_ident()


def test_a03_what_takes_too_long_is_left_behind_and_keeps_nobody_waiting() -> None:
    release = threading.Event()

    with pytest.raises(StoreError) as stopped:
        within(0.05, lambda: release.wait(60), 20)
    after = within(10, lambda: "done", 20)
    release.set()

    assert stopped.value.category == Category.TIMEOUT
    assert stopped.value.text == "Stopped here: a check may take 20 s in all, and they are over."
    assert after == "done"


def test_a_late_answer_is_nobody_elses() -> None:
    release = threading.Event()
    with pytest.raises(StoreError):
        within(0.05, lambda: release.wait(60) and "late", 20)

    release.set()

    assert [within(10, lambda: "own", 20) for _ in range(5)] == ["own"] * 5


def test_a_thread_that_waits_for_work_holds_on_to_nothing() -> None:
    held = Held()
    gone = weakref.ref(held)

    within(10, held.use, 20)
    del held

    until = time.monotonic() + 10
    while gone() is not None and time.monotonic() < until:
        time.sleep(0.01)
        gc.collect()
    assert gone() is None
