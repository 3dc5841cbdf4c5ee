"""Probe a store step by step and say what each step showed. Knows no database and no Celery."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Protocol

from stores.flavors.base import AlreadyExists, Artifact, Backend, Category, StoreError

# What a probe writes: small, and telling whoever finds it what it is.
PROBE = b"Storeroom writes this at each check and removes it. It is safe.\n"
# Seconds that one answer of the service may take during a check.
ANSWER = 5.0
# How many names a check looks at.
PAGE = 200

STEPS = {
    "settings": "Settings",
    "secret": "Secret",
    "fetch": "Fetch from the vault",
    "name": "Name",
    "connect": "Connect",
    "identity": "Identity",
    "list": "Sign in and list",
    "read": "Read",
    "write": "Write",
    "delete": "Delete",
}
# What a check can prove that one may do; failing at the last two, a store can still be read.
RIGHTS = ("list", "read", "write", "delete")
WRITING = RIGHTS[2:]


class Probed(Protocol):
    """What can be probed: a store, or anything that opens a backend in the same three moves."""

    def check_settings(self) -> str:
        """Whether address and sign-in fit, in a sentence."""

    def read_secret(self) -> tuple[dict[str, str] | None, str]:
        """The values to sign in with, None where a vault keeps them, and a sentence."""

    def fetch_secret(self, timeout: float) -> tuple[dict[str, str], str]:
        """The values from the vault that keeps them, and a sentence about them."""

    def open(self, values: Mapping[str, str], timeout: float) -> Backend:
        """A backend that uses them."""


@dataclass(frozen=True)
class Step:
    """What one step showed. `mark` is "ok", "failed" or "skipped"; `ms` how long it took."""

    name: str
    mark: str
    words: str
    ms: int = 0
    category: str = ""
    code: str = ""
    request_id: str = ""
    action: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON can hold it."""
        return asdict(self)


def probe(store: Probed, probe_name: str | None, budget: float) -> Iterator[Step]:
    """Try the steps in order and yield each as it ends; the first failure skips the rest.

    `probe_name` is the artifact that may be written and deleted, None where the store allows no
    probes. `budget` is in seconds: a step that would exceed it is given up.
    """
    deadline = time.monotonic() + budget
    failed = ""
    for name, action in _actions(store, probe_name):
        if failed:
            yield Step(name, "skipped", f"Skipped because step “{STEPS[failed]}” failed.")
        elif action is None:
            yield Step(name, "skipped", "Not tried: this store allows no probes.")
        else:
            step = _try(name, action, deadline, budget)
            failed = name if step.mark == "failed" else ""
            yield step


def _actions(
    store: Probed, probe_name: str | None
) -> Iterator[tuple[str, Callable[[], str | Step] | None]]:
    """Each step's name with what to do for it; what one finds out, later ones use."""
    found: dict[str, Any] = {}

    def secret() -> str:
        found["values"], words = store.read_secret()
        return words

    def fetch() -> str:
        found["values"], words = store.fetch_secret(ANSWER)
        return words

    def resolve() -> str:
        found["backend"] = store.open(found["values"], ANSWER)
        return found["backend"].resolve()

    def first_page() -> str:
        found["seen"] = list(islice(found["backend"].list(page_size=PAGE), PAGE))
        if not found["seen"]:
            return "Allowed; nothing is stored here yet."
        seen = len(found["seen"])
        more = ", more may follow" if seen == PAGE else ""
        return f"Allowed; {seen} artifact{'' if seen == 1 else 's'} seen{more}."

    def read() -> str | Step:
        if not found["seen"]:
            return Step("read", "skipped", "Skipped: nothing to read yet.")
        artifact: Artifact = found["seen"][0]
        size = sum(len(piece) for piece in found["backend"].read(artifact.name, length=1))
        return f"Read {size} byte{'' if size == 1 else 's'} of `{artifact.name}`."

    def write() -> str:
        _write_probe(found["backend"], str(probe_name))
        return f"Wrote `{probe_name}` ({len(PROBE)} bytes)."

    def delete() -> str:
        found["backend"].delete(probe_name)
        return "Removed the probe."

    try:
        yield "settings", store.check_settings
        yield "secret", secret
        if found.get("values", {}) is None:
            yield "fetch", fetch
        yield "name", resolve
        yield "connect", lambda: found["backend"].connect()
        yield "identity", lambda: found["backend"].identify()
        yield "list", first_page
        yield "read", read
        yield "write", write if probe_name else None
        yield "delete", delete if probe_name else None
    finally:
        if "backend" in found:
            found["backend"].close()


def _write_probe(backend: Backend, name: str) -> None:
    """Write the probe, in the place of one that an earlier check could not remove."""
    try:
        backend.write(name, [PROBE], size=len(PROBE))
    except AlreadyExists:
        backend.write(name, [PROBE], size=len(PROBE), replaces=backend.stat(name).etag)


def _try(name: str, action: Callable[[], str | Step], deadline: float, budget: float) -> Step:
    """Carry out one step and turn what it returned or raised into a `Step`.

    Steps that touch the network run in a thread of their own: a name lookup or a trickling
    answer cannot be interrupted, only left behind.
    """
    start = time.monotonic()
    try:
        if name in ("settings", "secret"):
            outcome = action()
        else:
            outcome = _within(deadline - start, action, budget)
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
        )
    if isinstance(outcome, Step):
        return outcome
    return Step(name, "ok", outcome, _ms_since(start))


def _within(seconds: float, action: Callable[[], Any], budget: float) -> Any:
    """What `action` returns or raises, or `StoreError(TIMEOUT)` once the time is up."""
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


def verdict(steps: list[Step]) -> tuple[str, str]:
    """The state that the steps prove ("healthy", "degraded", "failing"), and a sentence."""
    failed = next((step for step in steps if step.mark == "failed"), None)
    if failed is None:
        proven = [step.name for step in steps if step.mark == "ok" and step.name in RIGHTS]
        return "healthy", f"Proven: {', '.join(proven)}."
    if failed.name in WRITING:
        return "degraded", f"May be read, but “{STEPS[failed.name]}” failed: {failed.words}"
    return "failing", f"“{STEPS[failed.name]}” failed: {failed.words}"
