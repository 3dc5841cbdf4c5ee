"""A SAS whose checks fail, in a real worker that logs at DEBUG: nobody reads its signature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, quote

import pytest
from azure.storage.blob import ContainerSasPermissions, generate_container_sas
from django.contrib.auth.models import User
from django.core import serializers
from django.utils import timezone

from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager
from stores import dispatch
from stores.models import Check, Store
from tests.support.azurite import Azurite
from tests.support.canaries import traces
from tests.support.pages import signed_in
from tests.support.servers import Broker, Process, wait_until

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("container", "permissions", "category"),
    [("there-it-is", "r", "permission"), ("not-there", "rl", "container_missing")],
    ids=["403", "404"],
)
def test_s17_s18_a_check_that_fails_shows_its_signature_nowhere(
    container: str,
    permissions: str,
    category: str,
    azurite: Azurite,
    embedded_broker: Broker,
    workers: Callable[..., Process],
    admin_user: User,
) -> None:
    if container == "there-it-is":
        azurite.make_container(container)
    token = generate_container_sas(
        azurite.account,
        container,
        account_key=azurite.key,
        permission=ContainerSasPermissions.from_string(permissions),
        expiry=timezone.now() + timedelta(days=90),
    )
    (signature,) = parse_qs(token)["sig"]
    secret = Secret.objects.create(
        name="az_sas", owner=admin_user, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"account_name": azurite.account, "sas_token": token}, by=admin_user)
    store = Store.objects.create(
        name="az_store",
        owner=admin_user,
        flavor="azure",
        path=f"az://{container}",
        sign_in="from_secret",
        authentication_secret="az_sas",
        configuration={"account_url": azurite.url},
    )
    check = dispatch.check(store, by=admin_user)
    worker = workers(embedded_broker, LOG_LEVEL="debug")
    wait_until(lambda: not Check.objects.open().exists())
    browser = signed_in(admin_user)

    places = {
        "the worker's log": worker.log.read_bytes(),
        "rows": serializers.serialize(
            "json", [*Check.objects.all(), *Store.objects.all(), *AuditEntry.objects.all()]
        ).encode(),
        **{
            address: browser.get(address).content
            for address in (
                f"/stores/check/{check.pk}/",
                f"/stores/store/{store.pk}/overview/",
                f"/secrets/secret/{secret.pk}/overview/",
                "/project/auditentry/",
                "/",
            )
        },
    }

    check.refresh_from_db()
    failed = next(step for step in check.steps if step["mark"] == "failed")
    assert failed["category"] == category
    assert b"DEBUG" in places["the worker's log"]
    assert container.encode() in places["rows"]
    for place, content in places.items():
        for text in (signature, quote(signature, safe=""), token):
            assert [trace for trace in traces(text) if trace in content] == [], place
