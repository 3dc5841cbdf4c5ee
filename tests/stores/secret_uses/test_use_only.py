"""Who may only use a secret sends it nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from project.access import Role
from secrets_app.models import Secret
from stores.models import Store
from tests.support.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def user_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """People may use secrets and stores, and change stores, but not secrets."""
    monkeypatch.setattr(Secret, "allows", lambda secret, user, role: role <= Role.OPERATOR)


@pytest.mark.parametrize(
    "change",
    [
        {"account_url": "https://acct.blob.core.chinacloudapi.cn"},
        {"authentication_secret": "az_other"},
    ],
)
def test_s28_who_may_only_use_a_secret_sends_it_nowhere_else(
    change: dict[str, str],
    secret: Secret,
    stores: list[Store],
    add_secret: Callable[..., Secret],
    person: User,
    user_only: None,
) -> None:
    add_secret("az_other")
    store = stores[0]

    reply = signed_in(person).post(
        f"/stores/store/{store.pk}/change/",
        {
            "name": store.name,
            "flavor": "azure",
            "path": store.path,
            "authentication_secret": secret.name,
            **change,
        },
    )

    assert "is sent. You may use this secret, but not change it" in reply.content.decode()
    store.refresh_from_db()
    assert (store.configuration, store.authentication_secret) == ({}, "az_secret")


def test_s28_another_account_wants_the_key_again(secret: Secret, person: User) -> None:
    fields = {
        "name": secret.name,
        "manager": secret.manager_id,
        "schema": "azure",
        "shape": "account_key",
        "value_account_name": "elsewhere",
    }

    reply = signed_in(person).post(f"/secrets_app/secret/{secret.pk}/change/", fields)

    assert "<code>account_name</code> changes where this is sent: enter it again, too." in (
        reply.content.decode()
    )
    secret.refresh_from_db()
    assert secret.version == 1
