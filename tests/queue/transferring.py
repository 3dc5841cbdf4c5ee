"""What the tests of transfers by real workers do alike: plan, wait, fill, look."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from stores import dispatch
from stores.models import Store, Transfer
from tests.support.servers import wait_until

# Seconds, so that a test need not wait for the usual ones.
QUICK = {
    "STOREROOM_RUN_LEASE": "6",
    "STOREROOM_RUN_HEARTBEAT": "1",
    "STOREROOM_RUN_TICK": "1",
}


def fill(store: Store, files: Mapping[str, bytes]) -> None:
    """Put the files into the store."""
    with store.connect() as backend, ThreadPoolExecutor(8) as threads:
        written = [
            threads.submit(backend.write, name, [data], size=len(data))
            for name, data in files.items()
        ]
        for one in written:
            one.result()


def hashes(store: Store) -> dict[str, str]:
    """The MD5 of the bytes of everything in the store."""
    with store.connect() as backend, ThreadPoolExecutor(8) as threads:
        names = [artifact.name for artifact in backend.list()]
        contents = threads.map(lambda name: b"".join(backend.read(name)), names)
        return {name: md5(data) for name, data in zip(names, contents, strict=True)}


def md5(data: bytes) -> str:
    """The MD5 in hex."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def plan(source: Store, target: Store) -> Transfer:
    """Plan a transfer and wait until a worker has planned it."""
    transfer = Transfer.objects.create(owner=source.owner, source=source, target=target)
    dispatch.plan(transfer, by=source.owner)
    wait_for(transfer, Transfer.State.PLANNED)
    return transfer


def wait_for(transfer: Transfer, state: Transfer.State, seconds: float = 180) -> None:
    """Until the transfer is in the state; one that has ended otherwise is not waited for."""

    def ended() -> bool:
        transfer.refresh_from_db()
        return transfer.state == state or transfer.finished_at is not None

    try:
        wait_until(ended, seconds, f"{transfer} to be {state}")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{story(transfer)}") from None
    assert transfer.state == state, story(transfer)


def story(transfer: Transfer) -> str:
    """How far the transfer and its runs are, and what became of its artifacts."""
    runs = transfer.runs.order_by("pk").values_list(
        "kind", "status", "fence", "rings", "lease_until", "current", "current_bytes", "error"
    )
    results = Counter(transfer.items.values_list("result", "words"))
    lines = [f"{transfer} is {transfer.state} {transfer.words}", *map(str, runs), str(results)]
    return "\n".join(lines)
