"""A value of each kind is used in every way there is, and found nowhere but in sealed values."""

from __future__ import annotations

import copy
import io
import logging
import pickle
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import serializers
from django.core.management import call_command
from django.db import connection
from django.forms.models import model_to_dict

from secrets_app import keyring
from secrets_app.forms import SecretForm
from secrets_app.models import Secret, SecretValue
from secrets_app.redaction import RedactingFormatter
from stores import dispatch
from stores.models import Check, Rehearsal, Resealing, Store, Transfer
from tests.queue.transferring import wait_for
from tests.support.canaries import CANARIES, TYPED, add_all, traces, written
from tests.support.pages import addresses, furnish, signed_in
from tests.support.servers import Broker, Process, wait_until

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]


def every_table() -> bytes:
    """All rows of all tables, as the database gives them."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [repr(row) for row in cursor.fetchall()]
    return "\n".join(found).encode()


def backup(folder: Path) -> bytes:
    """What a backup of the database holds; all rows once more where it is no file."""
    if connection.vendor != "sqlite":
        return every_table()
    file = folder / "backup.sqlite3"
    with sqlite3.connect(connection.settings_dict["NAME"]) as source, sqlite3.connect(file) as to:
        source.backup(to)
    to.close()
    source.close()
    return file.read_bytes()


def restored(folder: Path) -> dict[str, str]:
    """Where a copy of the database is, as a variable; where it is no file, the database itself."""
    backup(folder)
    return (
        {"DATABASE_URL": f"sqlite:///{folder / 'backup.sqlite3'}"}
        if connection.vendor == "sqlite"
        else {}
    )


def every_page(owner: User) -> Iterator[bytes]:
    """Every address that can be looked at, and what commands print as JSON."""
    browser = signed_in(owner)
    for address in addresses(furnish(owner, "furnished")):
        reply = browser.get(address)
        streamed = getattr(reply, "streaming_content", None)
        yield b"".join(streamed) if streamed else reply.content
    for name in TYPED:
        secret = Secret.objects.get(name=name)
        yield browser.get(f"/secrets_app/secret/{secret.pk}/change/").content
        yield browser.get(f"/secrets/secret/{secret.pk}/overview/").content
    for words in (
        ("secrets-manager", "secret", "list"),
        ("artifact-store", "list"),
        ("stack", "list"),
        ("secrets", "verify"),
    ):
        printed = io.StringIO()
        call_command(*words, "--output", "json", stdout=printed)
        yield printed.getvalue().encode()


def test_s01_s12_s19_s20_a_canary_of_each_kind_is_found_nowhere(
    broker: Broker,
    workers: Callable[..., Process],
    admin_user: User,
    tmp_path: Path,
    settings: Any,
) -> None:
    assert add_all(admin_user) == [302] * len(TYPED)
    names = ["az_connection", "az_key", "az_sas", "az_principal"]
    stores = [
        Store.objects.create(
            name=f"store of {name}",
            owner=admin_user,
            flavor="azure",
            path="az://ml",
            sign_in="from_secret",
            authentication_secret=name,
        )
        for name in names
    ]
    for store in stores:
        dispatch.check(store, by=admin_user)
    transfer = Transfer.objects.create(
        owner=admin_user, source=stores[0], target=stores[1], conflict="skip_same"
    )
    dispatch.plan(transfer, by=admin_user)
    dispatch.rehearse(Secret.objects.get(name="az_key"), 1, admin_user, switch=False)
    dispatch.reseal(Resealing.Kind.VERIFY, by=admin_user)
    in_broker = broker.contents()
    worker = workers(broker, LOG_LEVEL="debug")
    wait_until(lambda: not Check.objects.open().exists())
    wait_until(lambda: not Rehearsal.objects.filter(state="checking").exists())
    wait_until(lambda: not Resealing.objects.open().exists())
    wait_for(transfer, Transfer.State.FAILED)

    places = {
        "the tables": every_table(),
        "a backup": backup(tmp_path),
        "the home with its journal and messages": written(settings.HOME.path),
        "the worker's log at DEBUG": worker.log.read_bytes(),
        "the broker before": in_broker,
        "the broker after": broker.contents(),
        "the admin's history": serializers.serialize("json", LogEntry.objects.all()).encode(),
        "pages, exports and JSON": b"\n".join(every_page(admin_user)),
    }
    assert len(in_broker) > 100
    assert b"az_connection" in places["the tables"]
    assert b"store of az_key" in places["pages, exports and JSON"]
    for place, content in places.items():
        for canary in CANARIES:
            assert [trace for trace in traces(canary) if trace in content] == [], place


def test_s18_an_error_page_shows_nothing_that_was_typed(
    admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(form: SecretForm) -> None:
        typed = dict(form.data)
        raise RuntimeError(f"a bug with {len(typed)} fields at hand")

    monkeypatch.setattr(SecretForm, "_post_clean", broken)
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(RedactingFormatter())
    logging.getLogger("django.request").addHandler(handler)
    browser = signed_in(admin_user, raise_request_exception=False)
    try:
        replies = [
            browser.post("/secrets_app/secret/add/", {"name": name, **fields})
            for name, fields in TYPED.items()
        ]
    finally:
        logging.getLogger("django.request").removeHandler(handler)

    assert [reply.status_code for reply in replies] == [500] * len(TYPED)
    shown = b"\n".join(reply.content for reply in replies) + output.getvalue().encode()
    assert b"a bug with" in shown
    for canary in CANARIES:
        assert [trace for trace in traces(canary) if trace in shown] == []


def test_s21_nothing_made_of_a_secret_shows_its_value(admin_user: User) -> None:
    add_all(admin_user)

    shown = []
    for secret in Secret.objects.with_current():
        values = list(SecretValue.objects.filter(version__secret=secret))
        secret.reveal()
        for thing in (secret, secret.current, *values):
            shown += [repr(thing), str(thing), repr(vars(thing)), repr(copy.deepcopy(thing))]
            shown += [repr(model_to_dict(thing)), repr(pickle.dumps(thing))]
        shown.append(serializers.serialize("json", [secret, *values]))

    content = "\n".join(shown).encode()
    for canary in CANARIES:
        assert [trace for trace in traces(canary) if trace in content] == []


def test_s27_a_restored_copy_opens_with_its_key_and_says_so_without(
    admin_user: User, tmp_path: Path, settings: Any
) -> None:
    """The copy is read by processes of their own; without the key the pages stay usable (S04)."""
    add_all(admin_user)
    sealed_by = keyring.loaded_key_ids()[0]
    other_key = Fernet.generate_key().decode()
    copy_of_it = restored(tmp_path)

    with_key = Process("manage.py", "secrets", "verify", log=tmp_path / "with", **copy_of_it)
    without = Process(
        *("manage.py", "secrets", "verify"),
        log=tmp_path / "without",
        FERNET_KEYS=other_key,
        **copy_of_it,
    )

    rows = SecretValue.objects.count() + 1
    assert (with_key.popen.wait(180), without.popen.wait(180)) == (0, 1)
    assert with_key.log.read_text() == f"{rows} of {rows} rows can be opened.\n"
    refused = without.log.read_text()
    assert f"{rows} rows cannot be opened with the loaded keys." in refused
    assert f"sealed with key {sealed_by}" in refused
    settings.FERNET_KEYS = [other_key]
    browser = signed_in(admin_user)
    for secret in Secret.objects.all():
        page = browser.get(f"/secrets/secret/{secret.pk}/overview/")
        assert page.status_code == 200
        assert "Cannot be decrypted" in page.content.decode()
