"""A real worker, woken by a real broker, carries out checks and transfers."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core import serializers

from project.celery import app
from stores import dispatch
from stores.models import Check, Store, Transfer
from tests.queue.transferring import fill, hashes, plan, wait_for
from tests.support.azurite import Azurite
from tests.support.servers import Broker, Process, wait_until

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]

FILES = {
    "empty": b"",
    "runs/4/model.bin": bytes(range(256)) * 4096 * 9,
    "runs/4/notes ü.txt": b"as good as gold",
}
HASHES = {
    "empty": "d41d8cd98f00b204e9800998ecf8427e",
    "runs/4/model.bin": "2a43a3f3d5b1a13f0b4c3369040d0919",
    "runs/4/notes ü.txt": "ceda4667a9aff2503e551e5ed64a536b",
}


def every_row() -> str:
    """All that the database holds of our own applications."""
    models = [
        model
        for label in ("project", "secrets_app", "stores")
        for model in apps.get_app_config(label).get_models()
    ]
    return "\n".join(serializers.serialize("json", model.objects.all()) for model in models)


def test_a_worker_is_woken_for_a_check_at_once(
    broker: Broker, folder_store: Callable[..., Store], workers: Callable[..., Process]
) -> None:
    workers(broker)
    store = folder_store("folder")

    check = dispatch.check(store, by=store.owner)
    wait_until(lambda: Check.objects.filter(pk=check.pk, status="done").exists())

    check.refresh_from_db()
    store.refresh_from_db()
    assert check.started_at - check.queued_at < timedelta(seconds=5)
    assert check.fence == 1
    assert store.state == Store.State.HEALTHY


def test_a_worker_carries_a_folder_to_azure_and_back(
    broker: Broker,
    folder_store: Callable[..., Store],
    azure_store: Callable[..., Store],
    workers: Callable[..., Process],
    azurite: Azurite,
) -> None:
    worker = workers(broker)
    origin, container, copy = folder_store("origin"), azure_store("az"), folder_store("copy")
    fill(origin, FILES)

    for source, target in ((origin, container), (container, copy)):
        transfer = plan(source, target)
        dispatch.start(transfer, by=source.owner)
        wait_for(transfer, Transfer.State.COMPLETED)

    assert hashes(container) == HASHES
    assert hashes(copy) == HASHES
    assert azurite.key not in worker.log.read_text()
    assert azurite.key not in every_row()


class Canary:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Path]]:
        return Path.touch, (self.path,)


def test_c14_a_pickled_message_is_refused_and_the_worker_goes_on(
    broker: Broker,
    folder_store: Callable[..., Store],
    workers: Callable[..., Process],
    tmp_path: Path,
) -> None:
    worker = workers(broker)
    store = folder_store("folder")
    canary = tmp_path / "canary"
    with app.producer_pool.acquire() as producer:
        producer.publish(
            pickle.dumps(Canary(canary)),
            routing_key="checks",
            content_type="application/x-python-serialize",
            content_encoding="binary",
            headers={"id": "1", "task": "stores.tasks.check_store"},
        )
    worker.wait_for("Refusing to deserialize")

    check = dispatch.check(store, by=store.owner)

    wait_until(lambda: Check.objects.filter(pk=check.pk, status="done").exists())
    assert not canary.exists()
