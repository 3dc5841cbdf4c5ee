"""Checks of stores that the policy for outgoing calls refuses: they tell nothing of the host."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import override_settings

from secrets_app.models import Secret, SecretsManager
from stores import runs
from stores.models import Check, Store
from tests.support.outgoing import Listener, Resolver
from tests.support.pages import KEY

pytestmark = pytest.mark.django_db

REFUSED = "`inside.test` is refused by this server's policy for outgoing calls. Nothing was sent."
ACTION = "Correct the address. If it is meant, the operator can allow it in STOREROOM_ALLOW_HOSTS."


@pytest.fixture
def secret(admin_user: User) -> Secret:
    secret = Secret.objects.create(
        name="az_secret", owner=admin_user, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"account_name": "acct", "account_key": KEY})
    return secret


@override_settings(STOREROOM_ALLOW_HOSTS=[])
def check_of(secret: Secret, url: str) -> list[dict[str, Any]]:
    """The steps of a check of a store whose account answers there, without their times."""
    store = Store.objects.create(
        name=url,
        flavor="azure",
        path="az://models",
        configuration={"account_url": url},
        sign_in="account_key",
        authentication_secret=secret.name,
        owner=secret.owner,
    )
    check = Check.objects.create(store=store)
    runs.run_check(check.pk)
    check.refresh_from_db()
    return [step | {"ms": 0} for step in check.steps]


def test_w29_a_check_ends_where_it_is_refused_and_tells_nothing_of_the_host(
    secret: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    Resolver({"inside.test": [["127.0.0.1"]]}).take_over(monkeypatch)
    with Listener() as gone:
        pass

    with Listener() as listener:
        where_somebody_listens = check_of(secret, f"http://inside.test:{listener.port}/acct")
    where_nobody_does = check_of(secret, f"http://inside.test:{gone.port}/acct")

    assert listener.connections == 0
    assert where_somebody_listens[1:] == where_nobody_does[1:]
    assert [(step["name"], step["mark"]) for step in where_nobody_does] == [
        ("settings", "ok"),
        ("secret", "ok"),
        ("name", "failed"),
        ("connect", "skipped"),
        ("identity", "skipped"),
        ("container", "skipped"),
        ("list", "skipped"),
        ("read", "skipped"),
        ("write", "skipped"),
        ("delete", "skipped"),
    ]
    name = where_nobody_does[2]
    assert (name["category"], name["words"], name["action"]) == ("policy", REFUSED, ACTION)


def test_w23_an_address_that_was_saved_when_it_was_allowed_is_refused_at_once(
    secret: Secret,
) -> None:
    with Listener() as listener:
        steps = check_of(secret, f"http://127.0.0.1:{listener.port}/acct")

    assert listener.connections == 0
    assert (steps[0]["name"], steps[0]["category"]) == ("settings", "policy")
    assert {step["mark"] for step in steps[1:]} == {"skipped"}
