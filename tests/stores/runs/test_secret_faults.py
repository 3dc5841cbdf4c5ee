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
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from project.audit import AuditEntry
from secrets_app import keyring, rotation
from secrets_app.models import Secret, SecretsManager, SecretValue
from stores import dispatch, runs
from stores.models import Check, Run, Schedule, Store, Transfer
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


Fault = Callable[[Secret, Any], None]
FAULTS: dict[str, tuple[Fault, str]] = {
    "one byte": (change_one_byte, "which is loaded: what is stored is damaged"),
    "swapped": (swap_with_another, "it was sealed for another record, field or version"),
    "other key": (lose_the_key, "cannot be decrypted with the loaded keys"),
}


@pytest.fixture(params=list(FAULTS))
def words(request: pytest.FixtureRequest, store: Store, secret: Secret, settings: Any) -> str:
    """Makes the secret unreadable in each way in turn; what is to be said of it."""
    spoil, words = FAULTS[request.param]
    spoil(secret, settings)
    return words


def test_the_stub_sees_what_is_sent(
    store: Store, stub: tuple[int, list[str]], person: User
) -> None:
    """Without this the tests below would prove nothing."""
    check = dispatch.check(store, by=person)

    runs.run_check(check.pk)

    assert stub[1] != []


def test_s04_s05_s10_a_check_sends_nothing(
    words: str, store: Store, stub: tuple[int, list[str]], secret: Secret, person: User
) -> None:
    check = dispatch.check(store, by=person)

    runs.run_check(check.pk)

    check.refresh_from_db()
    marks = {step["name"]: step["mark"] for step in check.steps}
    failed = check.steps[1]
    assert stub[1] == []
    assert (check.status, check.verdict) == (Run.Status.DONE, "failing")
    assert (failed["mark"], failed["category"]) == ("failed", "secret_undecryptable")
    assert marks["connect"] == marks["list"] == marks["write"] == "skipped"
    assert words in check.words
    assert f"with key {keyring.key_id_of(sealed(secret).sealed)}" in check.words
    assert KEY not in str(check.steps)


def test_s10_the_audit_tells_of_a_check_that_was_refused_a_secret(
    words: str, store: Store, secret: Secret, person: User
) -> None:
    check = dispatch.check(store, by=person)

    runs.run_check(check.pk)

    entry = AuditEntry.objects.get(action="refused")
    assert (entry.kind, entry.thing_id) == ("secret", str(secret.pk))
    assert (entry.actor, entry.run) == (person, f"check {check.pk}")
    assert words in entry.words
    assert not AuditEntry.objects.filter(action="used").exists()


@pytest.mark.parametrize("side", ["source", "target"])
def test_s05_s10_a_transfer_sends_nothing(
    side: str,
    words: str,
    store: Store,
    folder: Store,
    stub: tuple[int, list[str]],
    person: User,
) -> None:
    twin = Store.objects.create(
        name="twin", owner=person, flavor="local", path=folder.path, sign_in="none"
    )
    sides = {"source": folder, "target": twin} | {side: store}
    transfer = Transfer.objects.create(owner=person, **sides)
    dispatch.plan(transfer, by=person)

    runs.run_plan(transfer.pk)

    transfer.refresh_from_db()
    assert stub[1] == []
    assert transfer.state == "failed"
    assert "`az_secret` cannot be" in transfer.words
    assert words in transfer.words
    assert transfer.items.count() == 0
    assert AuditEntry.objects.get(action="refused").run


def test_s05_s10_a_plan_that_stands_already_sends_nothing_either(
    words: str, store: Store, folder: Store, stub: tuple[int, list[str]], person: User
) -> None:
    transfer = make_transfer(folder, store, "planned")
    dispatch.start(transfer, by=person)

    runs.run_copies(transfer.pk)

    transfer.refresh_from_db()
    failed = transfer.items.filter(result="failed")
    assert stub[1] == []
    assert transfer.state == "with_errors"
    assert [item.category for item in failed] == ["secret_undecryptable"] * 2
    assert words in failed[0].words


def test_s05_nothing_seals_the_ciphertext_anew(
    words: str, store: Store, secret: Secret, person: User
) -> None:
    before = sorted(SecretValue.objects.values_list("sealed", flat=True))

    secret.description = "saved again"
    secret.save()
    secret.replace({}, by=person)
    runs.run_check(dispatch.check(store, by=person).pk)
    rotation.rotate()

    assert sorted(SecretValue.objects.values_list("sealed", flat=True)) == before


def test_s04_s05_s10_a_new_value_of_every_attribute_can_be_saved_over_it(
    words: str, secret: Secret, person: User
) -> None:
    fresh = {"account_name": "acct", "account_key": "bmV3IGtleSBvZiB0aGUgYWNjb3VudA=="}

    secret.replace(fresh, by=person)

    assert Secret.objects.get(pk=secret.pk).reveal() == fresh


def delete_by_force(secret: Secret) -> None:
    call_command(
        "secrets-manager", "secret", "delete", secret.name, "--force", "--yes",
        f"--as={secret.owner}",
    )  # fmt: skip


def test_s26_a_running_transfer_whose_secret_is_deleted_ends_and_is_not_tried_again(
    store: Store, folder: Store, stub: tuple[int, list[str]], secret: Secret, person: User
) -> None:
    transfer = make_transfer(folder, store, "planned")
    dispatch.start(transfer, by=person)
    shards = transfer.runs.count()
    delete_by_force(secret)

    runs.run_copies(transfer.pk)
    runs.run_copies(transfer.pk)
    dispatch.tick()

    transfer.refresh_from_db()
    failed = transfer.items.filter(result="failed")
    assert stub[1] == []
    assert transfer.state == "with_errors"
    assert [item.category for item in failed] == ["secret_missing"] * 2
    assert transfer.runs.count() == shards
    assert not transfer.runs.open().exists()


def test_s26_schedules_of_a_store_without_its_secret_pile_up_no_checks(
    store: Store, stub: tuple[int, list[str]], secret: Secret, person: User
) -> None:
    schedule = Schedule.objects.create(store=store, owner=person, every_minutes=1)
    delete_by_force(secret)

    for _ in range(5):
        Schedule.objects.filter(pk=schedule.pk).update(next_run_at=timezone.now())
        dispatch.tick()
    waiting = Check.objects.open().count()
    check = Check.objects.get()
    runs.run_check(check.pk)
    dispatch.tick()

    check.refresh_from_db()
    assert waiting == 1
    assert (check.status, check.verdict) == (Run.Status.DONE, "failing")
    assert check.steps[1]["category"] == "secret_missing"
    assert Check.objects.count() == 1
    assert stub[1] == []
