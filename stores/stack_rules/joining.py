"""What a stack needs whatever its sign-in: its parts, a store that works, places of their own.
Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from urllib.parse import unquote

from project.access import Part
from stores.flavors.base import SignIn
from stores.models import Component, Store
from stores.places import Place, is_inside
from stores.stack_rules.facts import Facts
from stores.stack_rules.finding import PROBLEM, WARNING, Finding, Mend
from stores.stack_rules.reach import elsewhere

# Below this part of a disk, a store in one of its folders is running out of room.
LITTLE_SPACE = 0.05
# The settings by which components say where they keep data.
DATA_SETTINGS = (
    "path",
    "local_path",
    "uri",
    "tracking_uri",
    "directory",
    "local_directory",
    "artifact_location",
)


def joining(facts: Facts) -> Iterator[Finding]:
    """What is missing, what does not work, what is in each other's way."""
    yield from _missing(facts)
    yield from _outgrown(facts)
    yield from _state(facts)
    yield from _places(facts)
    yield from _names(facts)


def _missing(facts: Facts) -> Iterator[Finding]:
    if facts.store is None:
        yield Finding("no-store", PROBLEM, None, "No artifact store chosen. Required.")
    kinds = {component.type for component in facts.sketch.components}
    if Component.Type.ORCHESTRATOR not in kinds:
        yield Finding(
            "no-orchestrator",
            PROBLEM,
            None,
            "No orchestrator chosen. Required.",
            mends=(Mend("add-orchestrator", "Add the local orchestrator"),),
        )


def _outgrown(facts: Facts) -> Iterator[Finding]:
    """When a local store no longer suffices, as the seed lists it; what runs elsewhere is said of
    each component."""
    store = facts.store
    if store is None or facts.sign_in != SignIn.NONE:
        return
    shared = "Choose a store in shared storage, such as a container in Azure."
    if facts.shared:
        yield Finding(
            "folder-shared",
            WARNING,
            store,
            f"This stack is shared, but {store} is a folder of this server: the others do not"
            " reach its artifacts from their machines.",
            shared,
        )
    if facts.sketch.production:
        yield Finding(
            "folder-in-production",
            WARNING,
            store,
            f"This stack is marked production, but {store} is a folder of this server: production"
            " takes storage that outlives one machine and grows.",
            shared,
        )
    if facts.free is not None and facts.free < LITTLE_SPACE:
        yield Finding(
            "folder-full",
            WARNING,
            store,
            f"{facts.free:.0%} of the disk beneath {store} is free.",
            "Make room, or choose a store in shared storage.",
        )


def _state(facts: Facts) -> Iterator[Finding]:
    """What the store's last check showed, if there was one."""
    store = facts.store
    if store is None:
        return
    check = (Mend("check-store", f"Check {store.name}", store.pk),)
    if not store.kind.opens:
        yield Finding("store-not-opened", WARNING, store, store.kind.cannot_open)
    elif store.state == Store.State.NEVER:
        yield Finding(
            "store-unchecked",
            WARNING,
            store,
            "The store was never checked.",
            "Check it.",
            mends=check,
        )
    elif store.state == Store.State.FAILING:
        words = f"The store's last check failed: {store.state_words}"
        yield Finding("store-failing", WARNING, store, words, mends=check)
    elif store.state == Store.State.DEGRADED:
        words = f"The store's last check did not show all: {store.state_words}"
        yield Finding("store-degraded", WARNING, store, words, mends=check)


def _places(facts: Facts) -> Iterator[Finding]:
    """Two parts that keep data in one local folder, or one inside the other's. What runs
    elsewhere has a disk of its own."""
    away = {place.component for place in elsewhere(facts)}
    folders = [
        (part, folder)
        for part in facts.sketch.parts()
        if part not in away
        for folder in _folders(part)
    ]
    for (one, here), (other, there) in combinations(folders, 2):
        if one != other and (is_inside(here, there) or is_inside(there, here)):
            inner = here if len(here) > len(there) else there
            yield Finding(
                "shared-folder",
                WARNING,
                other,
                f"{one.name} and {other.name} keep their data in one folder:"
                f" `/{'/'.join(inner)}`. One could overwrite or delete what"
                " the other keeps.",
                "Give each a folder of its own.",
            )


def _folders(part: Part) -> Iterator[Place]:
    """The local folders that the part keeps data in."""
    if isinstance(part, Store):
        said = [part.path] if part.flavor == "local" else []
    else:
        said = [part.configuration.get(name) for name in DATA_SETTINGS]
    for text in said:
        if isinstance(text, str) and text.startswith(("/", "file:///")):
            yield tuple(filter(None, unquote(text.removeprefix("file://")).split("/")))


def _names(facts: Facts) -> Iterator[Finding]:
    """ZenML takes the beginning of a name for the name where there is none that is equal."""
    for part in facts.sketch.parts():
        if facts.longer and part in facts.longer:
            yield Finding(
                "name-is-prefix",
                WARNING,
                part,
                f"{part.name} is also how another name of the same kind begins. ZenML, which takes"
                f" the beginning of a name for the name, could bind that one where {part.name} is"
                " not registered.",
                "Rename one of them.",
            )
