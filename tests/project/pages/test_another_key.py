"""The pages where another key is loaded than the one that sealed."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User

from project.keys import key_id
from secrets_app.models import Secret
from tests.support.pages import (
    CONNECTION,
    World,
    addresses,
    signed_in,
    words,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_key(world: World, settings: Any) -> str:
    """As after a restore with another key; the id of the key that sealed the secret."""
    sealed_by = key_id(settings.FERNET_KEYS[0])
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]
    return sealed_by


@pytest.mark.parametrize("who", ["person", "admin_user"])
def test_s04_with_another_key_no_page_breaks(
    who: str, world: World, other_key: str, request: Any
) -> None:
    browser = signed_in(request.getfixturevalue(who))

    for address in addresses(world):
        assert browser.get(address).status_code in (200, 302, 403, 404, 405), address


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/secrets_app/secret/", "Cannot be decrypted"),
        ("/secrets_app/secret/{secret}/change/", "cannot be decrypted with the loaded keys"),
        ("/stores/stack/{stack}/overview/", "cannot be decrypted with the loaded keys"),
        ("/", "cannot be decrypted with the loaded keys"),
    ],
)
def test_s04_with_another_key_the_pages_say_so(
    address: str, said: str, world: World, other_key: str, person: User
) -> None:
    keys = {kind: thing.pk for kind, thing in world.things.items()}

    page = words(signed_in(person), address.format(**keys))

    assert said in page
    assert other_key in page or address == "/secrets_app/secret/"


def test_s04_a_new_value_can_be_saved_over_it(world: World, other_key: str, person: User) -> None:
    browser = signed_in(person)
    address = f"/secrets_app/secret/{world.secret.pk}/change/"

    reply = browser.post(
        address,
        {
            "name": "thing",
            "description": "",
            "manager": world.secret.manager_id,
            "schema": "azure",
            "value_connection_string": CONNECTION,
            "_now": "1",
        },
    )

    assert reply.status_code == 302
    assert Secret.objects.get(pk=world.secret.pk).reveal() == {"connection_string": CONNECTION}
    assert "cannot be decrypted" not in words(browser, address)
