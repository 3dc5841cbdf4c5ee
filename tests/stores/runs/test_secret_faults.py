"""A secret that cannot be opened: nothing is sent in its place, nothing seals it anew, and the
audit tells of it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.db import connection

from project.audit import AuditEntry
from project.keys import key_id
from secrets_app.models import Secret, SecretsManager, SecretValue
from stores import dispatch, runs
from stores.models import Check, Run, Store, Transfer
from tests.support.pages import KEY, make_transfer

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class Counting(http.server.BaseHTTPRequestHandler):
    """Counts whatever is asked of it, and refuses it."""

    seen: list[str]

    def answer(self) -> None:
        self.seen.append(f"{self.command} {self.path}")
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def stub() -> Iterator[tuple[int, list[str]]]:
    """A port in Azure's place, and the requests that came there."""
    seen: list[str] = []
    handler = type("Handler", (Counting,), {"seen": seen})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port, seen
    server.shutdown()
    thread.join()
    server.server_close()


def secret_of(owner: User, name: str) -> Secret:
    secret = Secret.objects.create(
        name=name, owner=owner, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"account_name": "acct", "account_key": KEY})
    return secret


@pytest.fixture
def secret(person: User) -> Secret:
    return secret_of(person, "az_secret")


@pytest.fixture
def store(stub: tuple[int, list[str]], secret: Secret, person: User) -> Store:
    """A store whose account answers at the stub."""
    return Store.objects.create(
        name="az_store",
        owner=person,
        flavor="azure",
        path="az://artifacts",
        sign_in="from_secret",
        authentication_secret=secret.name,
        configuration={"account_url": f"http://127.0.0.1:{stub[0]}/acct"},
        allow_probes=True,
    )


@pytest.fixture
def folder(person: User, settings: Any) -> Store:
    path = settings.HOME.local_stores / "target"
    path.mkdir(parents=True, exist_ok=True)
    return Store.objects.create(
        name="target", owner=person, flavor="local", path=str(path), sign_in="none"
    )


def sealed(secret: Secret) -> SecretValue:
    """The sealed key of the account."""
    value: SecretValue = secret.current.values.get(key="account_key")
    return value


def write(value: SecretValue, text: str) -> None:
    """Put the text there, past all that Storeroom does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE secrets_app_secretvalue SET sealed = %s WHERE id = %s", [text, value.pk]
        )


def change_one_byte(secret: Secret, settings: Any) -> None:
    value = sealed(secret)
    other = "A" if value.sealed[60] != "A" else "B"
    write(value, value.sealed[:60] + other + value.sealed[61:])


def swap_with_another(secret: Secret, settings: Any) -> None:
    mine, theirs = sealed(secret), sealed(secret_of(secret.owner, "other"))
    write(mine, theirs.sealed)
    write(theirs, mine.sealed)


def lose_the_key(secret: Secret, settings: Any) -> None:
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]


DAMAGED = "“Secret” failed: Secret `az_secret` cannot be decrypted with the loaded keys (sealed"
FAULTS = [
    pytest.param(change_one_byte, "what is stored is damaged", id="one byte"),
    pytest.param(swap_with_another, "it was sealed for another record", id="swapped"),
    pytest.param(lose_the_key, "cannot be decrypted with the loaded keys", id="other key"),
]
Fault = Callable[[Secret, Any], None]


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest) -> Fault:
    """Each way to make a secret unreadable in turn."""
    return request.param


def test_the_stub_sees_what_is_sent(
    store: Store, stub: tuple[int, list[str]], person: User
) -> None:
    """Without this the tests below would prove nothing."""
    check = dispatch.check(store, by=person)

    runs.run_check(check.pk)

    assert stub[1] != []
