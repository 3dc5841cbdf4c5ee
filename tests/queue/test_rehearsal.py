"""A new value of a secret is tried by a real worker with every store before it is used."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from secrets_app.models import Secret, SecretsManager
from stores import dispatch
from stores.models import Check, Rehearsal, Store
from tests.support.azurite import Azurite
from tests.support.pages import signed_in
from tests.support.servers import Broker, Process, wait_until

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def secret(owner: User, azurite: Azurite) -> Secret:
    """The way to sign in to the first account."""
    secret = Secret.objects.create(
        name="az_secret", owner=owner, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"connection_string": azurite.connection_string}, by=owner)
    return secret


@pytest.fixture
def add_store(owner: User, azurite: Azurite, secret: Secret) -> Callable[..., Store]:
    """A function that registers a container of one of the accounts, or of both."""

    def add(name: str, *, in_both: bool = True) -> Store:
        container = f"c{uuid.uuid4().hex}"
        if in_both:
            azurite.make_container_in_both(container)
        else:
            azurite.make_container(container)
        return Store.objects.create(
            name=name,
            owner=owner,
            flavor="azure",
            path=f"az://{container}",
            sign_in="from_secret",
            authentication_secret=secret.name,
        )

    return add


def save_in_browser(secret: Secret, owner: User, value: str) -> str:
    """Type a new value into the form, press the first button, and wait for the rehearsal; what
    the secret's page says then."""
    browser = signed_in(owner)
    reply = browser.post(
        f"/secrets_app/secret/{secret.pk}/change/",
        {
            "name": secret.name,
            "manager": secret.manager_id,
            "schema": "azure",
            "shape": "connection_string",
            "value_connection_string": value,
        },
    )
    assert reply.status_code == 302, reply.content.decode()
    wait_until(lambda: not Rehearsal.objects.filter(state="checking").exists())
    return browser.get(reply.headers["Location"]).content.decode()


def test_one_store_that_refuses_keeps_the_old_version_in_use(
    embedded_broker: Broker,
    workers: Callable[..., Process],
    add_store: Callable[..., Store],
    secret: Secret,
    owner: User,
    azurite: Azurite,
) -> None:
    workers(embedded_broker)
    add_store("az_store")
    add_store("az_eval")
    refusing = add_store("az_old", in_both=False)

    page = save_in_browser(secret, owner, azurite.other_connection_string)

    secret.refresh_from_db()
    rehearsal = Rehearsal.objects.get()
    assert rehearsal.state == Rehearsal.State.REFUSED
    assert rehearsal.words.startswith("Version 1 stays in use. `az_old`: ")
    assert "az_store" not in rehearsal.words
    assert (secret.version, rehearsal.version) == (1, 2)
    assert secret.reveal() == {"connection_string": azurite.connection_string}
    assert "Version 1 stays in use. <code>az_old</code>" in page
    assert {
        check.store.name: check.verdict for check in rehearsal.checks.select_related("store")
    } == {"az_store": "healthy", "az_eval": "healthy", "az_old": "failing"}
    refusing.refresh_from_db()
    assert refusing.state == Store.State.NEVER


def test_all_stores_good_switch_and_their_next_checks_use_the_new_version(
    embedded_broker: Broker,
    workers: Callable[..., Process],
    add_store: Callable[..., Store],
    secret: Secret,
    owner: User,
    azurite: Azurite,
) -> None:
    workers(embedded_broker)
    stores = [add_store(name) for name in ("az_store", "az_eval", "az_more")]

    page = save_in_browser(secret, owner, azurite.other_connection_string)
    checks = [dispatch.check(store, by=owner) for store in stores]
    wait_until(lambda: Check.objects.filter(rehearsal=None, status="done").count() == 3)

    secret.refresh_from_db()
    assert Rehearsal.objects.get().state == Rehearsal.State.SWITCHED
    assert secret.version == 2
    assert secret.reveal() == {"connection_string": azurite.other_connection_string}
    assert "In use after a rehearsal with 3 stores." in page
    assert "Watched until" in page
    for check in checks:
        check.refresh_from_db()
        assert (check.verdict, check.secret_version) == ("healthy", 2)
        assert check.steps[1]["words"].startswith("`az_secret` v2 decrypted")


def test_a_check_that_fails_after_the_switch_brings_the_old_version_back(
    embedded_broker: Broker,
    workers: Callable[..., Process],
    add_store: Callable[..., Store],
    secret: Secret,
    owner: User,
    azurite: Azurite,
) -> None:
    workers(embedded_broker)
    add_store("az_store")
    save_in_browser(secret, owner, azurite.other_connection_string)
    only_in_the_first = add_store("az_late", in_both=False)

    dispatch.check(only_in_the_first, by=owner)
    wait_until(lambda: Rehearsal.objects.filter(state="returned").exists())

    secret.refresh_from_db()
    assert secret.version == 1
    assert Rehearsal.objects.get().words.startswith(
        "Version 1 is in use again. `az_late` failed with version 2: "
    )
