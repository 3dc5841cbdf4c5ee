"""A check's steps over stores that work, and over ones that break at each step in turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from stores import connectivity
from stores.connectivity import Step, probe, verdict
from stores.flavors.base import Artifact, Backend, Category, StoreError
from tests.support.memory import MemoryBackend

PROBE = ".storeroom/probe-7"
BACKEND_STEPS = ("resolve", "connect", "identify", "list", "read", "write", "delete")


class Probed:
    """A store over a backend in memory."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.opened_with: dict[str, str] = {}

    def check_settings(self) -> str:
        return "Address and sign-in fit together."

    def read_secret(self) -> tuple[dict[str, str], str]:
        return {"account_key": "canary"}, "`az_secret` v1 decrypted (values not shown)."

    def open(self, values: Mapping[str, str], timeout: float) -> Backend:
        self.opened_with = dict(values)
        return self.backend


def broken(*_: Any, **__: Any) -> Any:
    raise StoreError(
        Category.PERMISSION, "Not allowed here.", "AuthorizationFailure", "7f0e", "Ask for it."
    )


def marks(steps: list[Step]) -> dict[str, str]:
    return {step.name: step.mark for step in steps}


@pytest.fixture
def backend() -> MemoryBackend:
    backend = MemoryBackend()
    backend.put("runs/model.bin", b"weights")
    return backend


def test_a_store_that_works_passes_every_step(backend: MemoryBackend) -> None:
    steps = list(probe(Probed(backend), PROBE, 20))

    assert [(step.name, step.mark, step.words) for step in steps] == [
        ("settings", "ok", "Address and sign-in fit together."),
        ("secret", "ok", "`az_secret` v1 decrypted (values not shown)."),
        ("name", "ok", "Memory is where this process is."),
        ("connect", "ok", "Memory answers."),
        ("identity", "ok", "No sign-in is needed."),
        ("list", "ok", "Allowed; 1 artifact seen."),
        ("read", "ok", "Read 1 byte of `runs/model.bin`."),
        ("write", "ok", "Wrote `.storeroom/probe-7` (64 bytes)."),
        ("delete", "ok", "Removed the probe."),
    ]
    assert verdict(steps) == ("healthy", "Proven: list, read, write, delete.")


def test_a_check_leaves_nothing_behind(backend: MemoryBackend) -> None:
    list(probe(Probed(backend), PROBE, 20))

    assert [artifact.name for artifact in backend.list()] == ["runs/model.bin"]
    assert backend.closed


def test_the_probe_is_small_and_says_what_it_is() -> None:
    assert len(connectivity.PROBE) == 64
    assert connectivity.PROBE.startswith(
        b"Storeroom writes this at each check and removes it. It is safe.\n"
    )


def test_without_probes_nothing_is_written(backend: MemoryBackend) -> None:
    steps = list(probe(Probed(backend), None, 20))

    assert marks(steps)["write"] == marks(steps)["delete"] == "skipped"
    assert steps[-1].words == "Not tried: this store allows no probes."
    assert verdict(steps) == ("healthy", "Proven: list, read.")


def test_an_empty_store_is_healthy_with_nothing_to_read() -> None:
    steps = list(probe(Probed(MemoryBackend()), None, 20))

    assert [(step.mark, step.words) for step in steps[5:7]] == [
        ("ok", "Allowed; nothing is stored here yet."),
        ("skipped", "Skipped: nothing to read yet."),
    ]
    assert verdict(steps) == ("healthy", "Proven: list.")


def test_an_artifact_without_bytes_is_read_as_well() -> None:
    backend = MemoryBackend()
    backend.put("_SUCCESS", b"")

    steps = list(probe(Probed(backend), None, 20))

    assert steps[6].words == "Read 0 bytes of `_SUCCESS`."


def test_only_the_first_page_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = MemoryBackend()
    asked: list[int | None] = []

    def endless(prefix: str = "", *, page_size: int | None = None) -> Iterator[Artifact]:
        asked.append(page_size)
        while True:
            yield Artifact("again", 1, "1")

    monkeypatch.setattr(backend, "list", endless)
    backend.put("again", b"x")

    steps = list(probe(Probed(backend), None, 20))

    assert steps[5].words == "Allowed; 200 artifacts seen, more may follow."
    assert asked == [200]


def test_a46_a_probe_that_was_left_behind_is_replaced(backend: MemoryBackend) -> None:
    backend.put(PROBE, b"left by a check that was killed")

    steps = list(probe(Probed(backend), PROBE, 20))

    assert marks(steps)["write"] == marks(steps)["delete"] == "ok"
    assert [artifact.name for artifact in backend.list()] == ["runs/model.bin"]


@pytest.mark.parametrize(
    ("method", "step", "label", "state"),
    [
        ("check_settings", "settings", "Settings", "failing"),
        ("read_secret", "secret", "Secret", "failing"),
        ("open", "name", "Name", "failing"),
        ("resolve", "name", "Name", "failing"),
        ("connect", "connect", "Connect", "failing"),
        ("identify", "identity", "Identity", "failing"),
        ("list", "list", "Sign in and list", "failing"),
        ("read", "read", "Read", "failing"),
        ("write", "write", "Write", "degraded"),
        ("delete", "delete", "Delete", "degraded"),
    ],
)
def test_the_first_failure_skips_the_rest_and_says_why(
    method: str,
    step: str,
    label: str,
    state: str,
    backend: MemoryBackend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = Probed(backend)
    monkeypatch.setattr(store if hasattr(store, method) else backend, method, broken)

    steps = list(probe(store, PROBE, 20))

    names = [name for name in connectivity.STEPS if name != "fetch"]
    at = names.index(step)
    assert [each.name for each in steps] == names
    assert [each.mark for each in steps[:at]] == ["ok"] * at
    failed = steps[at]
    assert (failed.mark, failed.words, failed.category) == (
        "failed",
        "Not allowed here.",
        "permission",
    )
    assert (failed.code, failed.request_id, failed.action) == (
        "AuthorizationFailure",
        "7f0e",
        "Ask for it.",
    )
    assert {(each.mark, each.words) for each in steps[at + 1 :]} <= {
        ("skipped", f"Skipped because step “{label}” failed.")
    }
    assert verdict(steps)[0] == state


@pytest.mark.parametrize("method", [*BACKEND_STEPS])
def test_the_connections_are_given_back_whatever_breaks(
    method: str, backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, method, broken)

    list(probe(Probed(backend), PROBE, 20))

    assert backend.closed


def test_a_check_that_is_broken_off_gives_its_connections_back(backend: MemoryBackend) -> None:
    steps = probe(Probed(backend), PROBE, 20)
    for _ in range(4):
        next(steps)

    steps.close()

    assert backend.closed


def test_the_verdict_names_the_step_that_failed(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "write", broken)
    degraded = verdict(list(probe(Probed(backend), PROBE, 20)))
    monkeypatch.setattr(backend, "connect", broken)
    failing = verdict(list(probe(Probed(backend), PROBE, 20)))

    assert degraded == ("degraded", "May be read, but “Write” failed: Not allowed here.")
    assert failing == ("failing", "“Connect” failed: Not allowed here.")


def test_a03_a_step_beyond_the_budget_is_given_up(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(backend, "connect", lambda: release.wait(10) and "")

    steps = list(probe(Probed(backend), PROBE, 0.2))
    release.set()

    assert (steps[3].mark, steps[3].category) == ("failed", "timeout")
    assert steps[3].words == "Stopped here: a check may take 0.2 s in all, and they are over."
    assert 190 <= steps[3].ms < 2000
    assert marks(steps)["list"] == "skipped"
    assert verdict(steps)[0] == "failing"


def test_a_slow_step_leaves_the_later_ones_less(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(backend, "resolve", lambda: release.wait(0.15) or "found")
    monkeypatch.setattr(backend, "connect", lambda: release.wait(0.15) or "there")

    steps = list(probe(Probed(backend), PROBE, 0.25))

    assert (steps[2].mark, steps[3].mark) == ("ok", "failed")


def test_a_bug_is_not_taken_for_a_failing_store(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "connect", lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        list(probe(Probed(backend), PROBE, 20))

    assert backend.closed


def test_no_step_says_a_value(backend: MemoryBackend) -> None:
    store = Probed(backend)

    steps = list(probe(store, PROBE, 20))

    assert store.opened_with == {"account_key": "canary"}
    assert "canary" not in str([step.as_dict() for step in steps])
