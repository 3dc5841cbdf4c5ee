"""Probe a store step by step and say what each step showed. Knows no database and no Celery."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, Protocol

from stores import proving
from stores.flavors.base import Backend, Category
from stores.steps import Step, attempt, within

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
    "container": "Container",
    "list": "List",
    "read": "Read",
    "write": "Write",
    "extras": "Tags, tier, links",
    "delete": "Delete",
}
# Steps that not every check has.
OPTIONAL = ("fetch", "extras")
# What a check can prove that one may do; failing at the last two, a store can still be read.
RIGHTS = ("list", "read", "write", "delete")
WRITING = RIGHTS[2:]

NO_PROBES = "Not tried: this store allows no probes."

# What a step does.
Action = Callable[[], str | Step]


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


def probe(store: Probed, probe_name: str | None, budget: float) -> Iterator[Step]:
    """Try the steps in order and yield each as it ends. A failure skips the rest, but for a right
    that is refused: the other rights are tried all the same.

    `probe_name` is the artifact that may be written and deleted, None where the store allows no
    probes. `budget` is in seconds: a step that would exceed it is given up.
    """
    deadline = time.monotonic() + budget
    found: dict[str, Any] = {"stopped": "", "facts": {}}

    def carry_out(name: str, action: Action) -> Step:
        if name in ("settings", "secret"):
            return attempt(name, action)
        end = deadline - ANSWER if name == "extras" else deadline
        return attempt(name, lambda: within(end - time.monotonic(), action, budget))

    try:
        for name, action in _actions(store, probe_name, found):
            if found["stopped"]:
                why = f"Skipped because step “{STEPS[found['stopped']]}” failed."
                yield Step(name, "skipped", why)
            elif isinstance(action, str):
                yield Step(name, "skipped", action)
            else:
                step = carry_out(name, action)
                if step.reason == "token" and "renewed" not in found:
                    step = carry_out(name, _renewed(store, found, action))
                if step.mark == "failed" and not _leaves_the_rest_open(step, found):
                    found["stopped"] = name
                yield replace(step, facts=_news(found))
    finally:
        if "backend" in found:
            found["backend"].close()


def _renewed(store: Probed, found: dict[str, Any], action: Action) -> Action:
    """The same action over the store opened anew, once, after its token was refused as expired:
    that fetches another."""

    def renew() -> str | Step:
        found["renewed"] = True
        found["backend"].close()
        found["backend"] = store.open(found["values"], ANSWER)
        return action()

    return renew


def _leaves_the_rest_open(step: Step, found: dict[str, Any]) -> bool:
    """Whether what failed says nothing of the steps that follow, or they have to clear up."""
    if step.name == "extras" or (step.name == "write" and "probe_is_there" in found):
        return True
    return step.name in RIGHTS and step.category == Category.PERMISSION


def _news(found: dict[str, Any]) -> dict[str, str]:
    """What the backend found out since the last step."""
    facts = found["backend"].facts() if "backend" in found else {}
    known, found["facts"] = found["facts"], facts
    return {name: value for name, value in facts.items() if known.get(name) != value}


def _actions(
    store: Probed, probe_name: str | None, found: dict[str, Any]
) -> Iterator[tuple[str, Action | str]]:
    """Each step's name with what to do for it, or why it is not done; what one finds out, later
    ones use."""

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
        found["seen"] = list(islice(found["backend"].names(page_size=PAGE), PAGE))
        if not found["seen"]:
            return "Allowed; nothing is stored here yet."
        seen = len(found["seen"])
        more = ", more may follow" if seen == PAGE else ""
        return f"Allowed; {seen} artifact{'' if seen == 1 else 's'} seen{more}."

    yield "settings", store.check_settings
    yield "secret", secret
    if found.get("values", {}) is None:
        yield "fetch", fetch
    yield "name", resolve
    yield "connect", lambda: found["backend"].connect()
    yield "identity", lambda: found["backend"].identify()
    yield "container", lambda: proving.find_container(found["backend"])
    yield "list", first_page
    read_last = bool(probe_name and not found.get("seen") and not found["stopped"])
    if not read_last:
        yield "read", proving.reading(found)
    if probe_name is None:
        yield from ((name, NO_PROBES) for name in WRITING)
    else:
        yield from _writing(found, probe_name, read_last)


def _writing(
    found: dict[str, Any], probe_name: str, read_last: bool
) -> Iterator[tuple[str, Action | str]]:
    """The steps over the probe; where nothing was listed, it is also what can be read."""
    yield "write", lambda: proving.write(found, probe_name)
    written = "probe_is_there" in found
    if read_last:
        read = partial(proving.read_byte, found["backend"], probe_name) if written else None
        yield "read", read or proving.NOT_WRITTEN
    if written and found["backend"].extras():
        yield "extras", lambda: proving.try_extras(found, probe_name)
    skipped = "Skipped because step “Write” failed."
    yield "delete", partial(proving.delete, found, probe_name) if written else skipped


def verdict(steps: list[Step]) -> tuple[str, str]:
    """The state that the steps prove ("healthy", "degraded", "failing"), and a sentence."""
    counting = (step for step in steps if step.name != "extras")
    failed = next((step for step in counting if step.mark == "failed"), None)
    allowed = {step.name for step in steps if step.mark == "ok"}
    proven = [right for right in RIGHTS if right in allowed]
    if failed is None:
        return "healthy", f"Proven: {', '.join(proven)}."
    if failed.category == Category.THROTTLED:
        return "degraded", f"It answers, but “{STEPS[failed.name]}” was put off: {failed.words}"
    if failed.name in WRITING:
        return "degraded", f"May be read, but “{STEPS[failed.name]}” failed: {failed.words}"
    but = f" Allowed all the same: {', '.join(proven)}." if proven else ""
    return "failing", f"“{STEPS[failed.name]}” failed: {failed.words}{but}"
