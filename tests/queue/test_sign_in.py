"""A real worker signs in as what surrounds it: its environment, and nobody else's, is used."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from stores import dispatch
from stores.models import Check, Store, Transfer
from tests.queue.transferring import fill, plan, wait_for
from tests.support.entra import CLIENT, Entra
from tests.support.servers import Broker, Process, wait_until
from tests.support.surroundings import Surroundings

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]


def test_a_worker_in_a_pod_checks_and_transfers_as_its_workload_identity(
    embedded_broker: Broker,
    workers: Callable[..., Process],
    folder_store: Callable[[str], Store],
    owner: User,
    surroundings: Surroundings,
    entra: Entra,
) -> None:
    surroundings.offer_cluster()
    surroundings.offer_other_account()
    hosts = f"{entra.host},{surroundings.azurite.host}"
    workers(embedded_broker, STOREROOM_ALLOW_IMPLICIT="true", STOREROOM_TOKEN_HOSTS=hosts)
    source = folder_store("folder")
    fill(source, {"model": b"weights"})
    container = surroundings.azurite.make_container_in_both(f"c{uuid.uuid4().hex}")
    target = Store.objects.create(
        name="az_store",
        owner=owner,
        flavor="azure",
        path=f"az://{container}",
        sign_in="workload_identity",
        configuration=surroundings.configuration,
        allow_implicit=True,
    )

    check = dispatch.check(target, by=owner)
    wait_until(lambda: Check.objects.filter(pk=check.pk, status="done").exists())
    transfer = plan(source, target)
    dispatch.start(transfer, by=owner)
    wait_for(transfer, Transfer.State.COMPLETED)

    check.refresh_from_db()
    identity = next(step for step in check.steps if step["name"] == "identity")
    assert identity["words"].startswith(f"Signed in as app `{CLIENT}`")
    assert check.verdict == Store.State.HEALTHY
    with target.connect() as backend:
        assert [artifact.name for artifact in backend.list()] == ["model"]
