"""What a sign-in may do with a container, each shown by doing it. Knows no database.

`found` is what a check found out so far: "backend", "seen" once something was listed,
"probe_is_there" once there is a probe to be removed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from stores.flavors.base import (
    AlreadyExists,
    Backend,
    Category,
    Changed,
    NotFound,
    StoreError,
)
from stores.steps import Step, attempt

# What a probe writes: small, and telling whoever finds it what it is.
PROBE = b"Storeroom writes this at each check and removes it. It is safe.\n"
# How many of the artifacts that were listed are tried to be read at most.
READS = 5
# What may be tried on the probe beside writing it. A store works without.
EXTRAS = {"tags": "Tags", "tier": "Access tier", "share": "Share links"}
EXTRA_MARKS = {"ok": "allowed", "failed": "not allowed"}

NOT_WRITTEN = "Not tried: nothing is listed, and the probe could not be written."
CROWDED = "Not proven: another check was at the probe at the same time."


def find_container(backend: Backend) -> str | Step:
    """Whether the container is there. Many a sign-in may use one and not ask about it: that proves
    nothing. Raises `StoreError`."""
    try:
        return backend.find_container()
    except StoreError as error:
        if error.category != Category.PERMISSION:
            raise
        return Step(
            "container",
            "unknown",
            "Cannot tell whether it exists: this sign-in may not read container properties. The"
            " next step shows it.",
            code=error.code,
            request_id=error.request_id,
        )


def reading(found: dict[str, Any]) -> Callable[[], str | Step] | str:
    """How to read something that was listed, or why there is nothing."""
    if found.get("seen"):
        return lambda: _read_listed(found["backend"], found["seen"][:READS])
    if "seen" in found:
        return "Skipped: nothing to read yet."
    return (
        "Not tried: without the right to list, only the probe could be read, and this store allows"
        " no probes."
    )


def _read_listed(backend: Backend, names: list[str]) -> Step:
    """Read a byte of the first one that can be read: others may be archived, or gone by now."""
    for name in names:
        step = attempt("read", partial(read_byte, backend, name))
        if step.reason != "archived" and step.category != Category.NOT_FOUND:
            return step
    return replace(step, mark="unknown", words=f"Not proven: {step.words}")


def read_byte(backend: Backend, name: str) -> str:
    """Read the first byte of an artifact. Raises `StoreError`."""
    size = sum(len(piece) for piece in backend.read(name, length=1))
    return f"Read {size} byte{'' if size == 1 else 's'} of `{name}`."


def write(found: dict[str, Any], name: str) -> Step:
    """Write the probe, then replace it: these are two rights. One that an earlier check could not
    remove is replaced alone."""
    backend = found["backend"]

    def create() -> str | Step:
        try:
            found["etag"] = backend.write(name, [PROBE], size=len(PROBE)).etag
        except AlreadyExists:
            return Step("write", "skipped", "Not tried: an earlier check's probe was in the way.")
        return f"Wrote `{name}` ({len(PROBE)} bytes)."

    def replace_it() -> str | Step:
        try:
            etag = found.get("etag") or backend.stat(name).etag
            backend.write(name, [PROBE], size=len(PROBE), replaces=etag)
        except (Changed, NotFound):
            return Step("overwrite", "unknown", CROWDED)
        return f"Wrote `{name}` ({len(PROBE)} bytes), and replaced it."

    first = attempt("write", create)
    if first.mark == "failed":
        return replace(first, parts=(first,))
    found["probe_is_there"] = True
    second = attempt("overwrite", replace_it)
    words = second.words
    if first.mark == "ok" and second.mark != "ok":
        words = f"{first.words} It was not replaced: {second.words}"
    return replace(second, name="write", words=words, parts=(first, second))


def try_extras(found: dict[str, Any], name: str) -> Step:
    """Do on the probe what a store works without, and say what was allowed."""
    parts = tuple(
        attempt(right, partial(action, name))
        for right, action in found["backend"].extras().items()
    )
    said = (f"{EXTRAS[part.name]}: {EXTRA_MARKS[part.mark]}" for part in parts)
    return Step("extras", "ok", f"{'; '.join(said)}.", parts=parts)


def delete(found: dict[str, Any], name: str) -> Step:
    """Remove the probe."""

    def remove() -> str | Step:
        try:
            found["backend"].delete(name)
        except NotFound:
            return Step("delete", "unknown", CROWDED)
        return "Removed the probe."

    step = attempt("delete", remove)
    if step.mark != "failed":
        return step
    return replace(step, words=f"{step.words} `{name}` stays; the next check uses it again.")
