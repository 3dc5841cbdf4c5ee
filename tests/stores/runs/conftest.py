"""A transfer between two stores that live in this process."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from stores import runs
from stores.flavors import FLAVORS
from stores.models import Store, Transfer, TransferRun
from stores.transfers import Conflict
from tests.stores.runs.memory_flavor import MemoryFlavor
from tests.support.memory import MemoryBackend


@pytest.fixture
def source() -> MemoryBackend:
    """Where transfers come from: three artifacts."""
    backend = MemoryBackend(piece_size=4)
    for name in ("a", "b", "c"):
        backend.put(name, f"bytes of {name}".encode())
    return backend


@pytest.fixture
def target() -> MemoryBackend:
    """Where transfers go to: empty."""
    return MemoryBackend()


@pytest.fixture
def memory(
    source: MemoryBackend, target: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> MemoryFlavor:
    """The flavor of both."""
    flavor = MemoryFlavor(source=source, target=target)
    monkeypatch.setitem(FLAVORS, "memory", flavor)
    return flavor


@pytest.fixture
def add_store(memory: MemoryFlavor, admin_user: User) -> Callable[[str], Store]:
    """A function that registers the store whose backend is called so."""

    def add(name: str) -> Store:
        return Store.objects.create(
            name=name, path=name, flavor="memory", sign_in="none", owner=admin_user
        )

    return add


@pytest.fixture
def transfer(add_store: Callable[[str], Store], admin_user: User) -> Transfer:
    """From the one to the other, still to be planned."""
    return Transfer.objects.create(
        owner=admin_user,
        source=add_store("source"),
        target=add_store("target"),
        conflict=Conflict.SKIP_SAME,
    )


@pytest.fixture
def planning(transfer: Transfer) -> TransferRun:
    """The run that waits to plan it."""
    return TransferRun.objects.create(transfer=transfer, kind=TransferRun.Kind.PLAN)


@pytest.fixture
def planned(transfer: Transfer, planning: TransferRun) -> Transfer:
    """The transfer with its plan."""
    runs.run_plan(transfer.pk)
    transfer.refresh_from_db()
    return transfer


@pytest.fixture
def started(planned: Transfer) -> Transfer:
    """The transfer with its shards, which wait for workers."""
    runs.start(planned, by=planned.owner)
    planned.refresh_from_db()
    return planned
