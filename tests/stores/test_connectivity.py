"""A check's steps over stores that work, and over ones that break at each step in turn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from stores import connectivity, proving
from stores.connectivity import Step, probe, verdict
from stores.flavors.base import Artifact, Backend, Category, NotFound, StoreError
from tests.support.memory import MemoryBackend

PROBE = ".storeroom/probe-7"
BACKEND_STEPS = (
    "resolve",
    "connect",
    "identify",
    "find_container",
    "list",
    "read",
    "write",
    "delete",
)


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
        Category.SIGN_IN, "Not allowed here.", "AuthorizationFailure", "7f0e", "Ask for it."
    )


def not_permitted(*_: Any, **__: Any) -> Any:
    raise StoreError(Category.PERMISSION, "May not do that.", "Mismatch", "7f0e", "Ask for it.")


def raising(error: StoreError) -> Callable[..., Any]:
    def raise_it(*_: Any, **__: Any) -> Any:
        raise error

    return raise_it


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
        ("container", "ok", "No container is needed."),
        ("list", "ok", "Allowed; 1 artifact seen."),
        ("read", "ok", "Read 1 byte of `runs/model.bin`."),
        ("write", "ok", "Wrote `.storeroom/probe-7` (64 bytes), and replaced it."),
        ("delete", "ok", "Removed the probe."),
    ]
    assert verdict(steps) == ("healthy", "Proven: list, read, write, delete.")


def test_a_check_leaves_nothing_behind(backend: MemoryBackend) -> None:
    list(probe(Probed(backend), PROBE, 20))

    assert [artifact.name for artifact in backend.list()] == ["runs/model.bin"]
    assert backend.closed


def test_the_probe_is_small_and_says_what_it_is() -> None:
    assert len(proving.PROBE) == 64
    assert proving.PROBE.startswith(
        b"Storeroom writes this at each check and removes it. It is safe.\n"
    )


def test_without_probes_nothing_is_written(backend: MemoryBackend) -> None:
    steps = list(probe(Probed(backend), None, 20))

    assert marks(steps)["write"] == marks(steps)["delete"] == "skipped"
    assert steps[-1].words == "Not tried: this store allows no probes."
    assert verdict(steps) == ("healthy", "Proven: list, read.")


def test_an_empty_store_is_healthy_with_nothing_to_read() -> None:
    steps = list(probe(Probed(MemoryBackend()), None, 20))

    assert [(step.mark, step.words) for step in steps[6:8]] == [
        ("ok", "Allowed; nothing is stored here yet."),
        ("skipped", "Skipped: nothing to read yet."),
    ]
    assert verdict(steps) == ("healthy", "Proven: list.")


def test_an_artifact_without_bytes_is_read_as_well() -> None:
    backend = MemoryBackend()
    backend.put("_SUCCESS", b"")

    steps = list(probe(Probed(backend), None, 20))

    assert steps[7].words == "Read 0 bytes of `_SUCCESS`."


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

    assert steps[6].words == "Allowed; 200 artifacts seen, more may follow."
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
        ("find_container", "container", "Container", "failing"),
        ("list", "list", "List", "failing"),
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

    names = [name for name in connectivity.STEPS if name not in connectivity.OPTIONAL]
    at = names.index(step)
    assert [each.name for each in steps] == names
    assert [each.mark for each in steps[:at]] == ["ok"] * at
    failed = steps[at]
    assert (failed.mark, failed.category) == ("failed", "sign_in")
    assert failed.words.startswith("Not allowed here.")
    assert (failed.code, failed.request_id, failed.action) == (
        "AuthorizationFailure",
        "7f0e",
        "Ask for it.",
    )
    assert {(each.mark, each.words) for each in steps[at + 1 :]} <= {
        ("skipped", f"Skipped because step “{label}” failed.")
    }
    assert verdict(steps)[0] == state


@pytest.mark.parametrize("method", BACKEND_STEPS)
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
    monkeypatch.setattr(backend, "connect", lambda: release.wait(60) and "")

    steps = list(probe(Probed(backend), PROBE, 0.2))
    release.set()

    assert (steps[3].mark, steps[3].category) == ("failed", "timeout")
    assert steps[3].words == "Stopped here: a check may take 0.2 s in all, and they are over."
    assert 190 <= steps[3].ms < 10_000
    assert marks(steps)["list"] == "skipped"
    assert verdict(steps)[0] == "failing"


def test_a_slow_step_leaves_the_later_ones_less(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(backend, "resolve", lambda: release.wait(1) or "found")
    monkeypatch.setattr(backend, "connect", lambda: release.wait(1) or "there")

    steps = list(probe(Probed(backend), PROBE, 1.6))

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


def test_a34_an_answer_of_no_container_fails_that_step(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = StoreError(Category.CONTAINER_MISSING, "There is no container `ml`.")
    monkeypatch.setattr(backend, "find_container", raising(error))

    steps = list(probe(Probed(backend), PROBE, 20))

    assert marks(steps)["container"] == "failed"
    assert verdict(steps) == ("failing", "“Container” failed: There is no container `ml`.")


def test_a_sign_in_that_may_not_ask_for_the_container_may_still_use_it(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dvc#5589: a SAS token of a container cannot read its properties."""
    monkeypatch.setattr(backend, "find_container", not_permitted)

    steps = list(probe(Probed(backend), PROBE, 20))

    assert steps[5].words.startswith("Cannot tell whether it exists: this sign-in may not read")
    assert (steps[5].mark, steps[5].code) == ("unknown", "Mismatch")
    assert verdict(steps) == ("healthy", "Proven: list, read, write, delete.")


def test_a45_what_may_be_read_and_not_written_is_degraded(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "write", not_permitted)

    steps = list(probe(Probed(backend), PROBE, 20))

    assert [f"{step.name} {step.mark}" for step in steps[6:]] == [
        "list ok",
        "read ok",
        "write failed",
        "delete skipped",
    ]
    assert verdict(steps) == ("degraded", "May be read, but “Write” failed: May not do that.")


def test_a45_a_refused_list_keeps_nothing_else_from_being_tried(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "list", not_permitted)

    steps = list(probe(Probed(backend), PROBE, 20))

    assert [f"{step.name} {step.mark}" for step in steps[6:]] == [
        "list failed",
        "write ok",
        "read ok",
        "delete ok",
    ]
    assert steps[8].words == f"Read 1 byte of `{PROBE}`."
    assert verdict(steps) == (
        "failing",
        "“List” failed: May not do that. Allowed all the same: read, write, delete.",
    )


def test_without_list_and_without_probes_it_says_what_cannot_be_tried(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "list", not_permitted)

    steps = list(probe(Probed(backend), None, 20))

    assert (steps[7].name, steps[7].mark) == ("read", "skipped")
    assert steps[7].words == (
        "Not tried: without the right to list, only the probe could be read, and this store allows"
        " no probes."
    )


def test_reading_is_proven_on_the_probe_where_nothing_is_stored_yet() -> None:
    steps = list(probe(Probed(MemoryBackend()), PROBE, 20))

    assert verdict(steps) == ("healthy", "Proven: list, read, write, delete.")


def test_replacing_is_a_right_of_its_own(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = backend.write

    def only_create(*arguments: Any, replaces: str = "", **more: Any) -> Artifact:
        return not_permitted() if replaces else write(*arguments, **more)

    monkeypatch.setattr(backend, "write", only_create)

    steps = list(probe(Probed(backend), PROBE, 20))

    step = steps[8]
    assert (step.name, step.mark) == ("write", "failed")
    assert step.words == (
        "Wrote `.storeroom/probe-7` (64 bytes). It was not replaced: May not do that."
    )
    assert [(part.name, part.mark) for part in step.parts] == [
        ("write", "ok"),
        ("overwrite", "failed"),
    ]
    assert steps[9].words == "Removed the probe."
    assert verdict(steps)[0] == "degraded"


def test_a_probe_that_another_check_is_at_proves_nothing_and_breaks_nothing(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "delete", raising(NotFound("It is gone.")))

    steps = list(probe(Probed(backend), PROBE, 20))

    assert (steps[-1].mark, steps[-1].words) == (
        "unknown",
        "Not proven: another check was at the probe at the same time.",
    )
    assert verdict(steps)[0] == "healthy"


def test_a_probe_that_cannot_be_removed_is_said_to_stay(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "delete", not_permitted)

    steps = list(probe(Probed(backend), PROBE, 20))

    assert steps[-1].words == (
        "May not do that. `.storeroom/probe-7` stays; the next check uses it again."
    )
    assert verdict(steps)[0] == "degraded"


def test_what_is_archived_does_not_keep_from_reading_the_next(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.put("a", b"asleep")
    read = backend.read

    def archived(name: str, **more: Any) -> Iterator[bytes]:
        if name == "a":
            raise StoreError(Category.PERMISSION, "`a` is archived.", reason="archived")
        return read(name, **more)

    monkeypatch.setattr(backend, "read", archived)
    awake = list(probe(Probed(backend), None, 20))
    backend.delete("runs/model.bin")
    asleep = list(probe(Probed(backend), None, 20))

    assert awake[7].words == "Read 1 byte of `runs/model.bin`."
    assert (asleep[7].mark, asleep[7].words) == ("unknown", "Not proven: `a` is archived.")
    assert verdict(asleep)[0] == "healthy"


@pytest.mark.parametrize("method", ["find_container", "list", "read", "write"])
def test_a47_a_throttled_check_is_degraded_not_failed(
    method: str, backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = StoreError(Category.THROTTLED, "Azure asks us to slow down.", "ServerBusy")
    monkeypatch.setattr(backend, method, raising(error))

    state, words = verdict(list(probe(Probed(backend), PROBE, 20)))

    assert state == "degraded"
    assert words.endswith("was put off: Azure asks us to slow down.")


def test_a27_an_expired_token_is_fetched_anew_once(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, fresh = Probed(backend), MemoryBackend()
    error = StoreError(Category.SIGN_IN, "The token of Entra has expired.", reason="token")
    monkeypatch.setattr(backend, "find_container", raising(error))
    opened = iter([backend, fresh])
    monkeypatch.setattr(store, "open", lambda *_: next(opened))

    steps = list(probe(store, None, 20))

    assert marks(steps)["container"] == "ok"
    assert backend.closed
    assert fresh.closed


def test_a27_a_new_token_that_has_expired_as_well_is_the_end(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = StoreError(Category.SIGN_IN, "The token of Entra has expired.", reason="token")
    monkeypatch.setattr(backend, "list", raising(error))

    steps = list(probe(Probed(backend), None, 20))

    assert verdict(steps) == ("failing", "“List” failed: The token of Entra has expired.")


def test_what_a_store_works_without_is_tried_on_the_probe_and_never_counts(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    extras = {"tags": not_permitted, "tier": lambda name: f"Moved {name}.", "share": broken}
    monkeypatch.setattr(backend, "extras", lambda: extras)

    steps = list(probe(Probed(backend), PROBE, 20))

    assert [step.name for step in steps[-3:]] == ["write", "extras", "delete"]
    assert steps[-2].words == (
        "Tags: not allowed; Access tier: allowed; Share links: not allowed."
    )
    assert [part.code for part in steps[-2].parts] == ["Mismatch", "", "AuthorizationFailure"]
    assert verdict(steps) == ("healthy", "Proven: list, read, write, delete.")


def test_each_step_keeps_what_was_found_out_by_it(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = {"sdk": "memory 1"}
    monkeypatch.setattr(backend, "facts", lambda: dict(facts))

    def refuse() -> str:
        facts["issuer"] = "A proxy"
        return str(broken())

    monkeypatch.setattr(backend, "connect", refuse)

    steps = list(probe(Probed(backend), None, 20))

    assert [step.facts for step in steps[2:4]] == [{"sdk": "memory 1"}, {"issuer": "A proxy"}]
