"""Revealing: off by default, for owners with their password and a reason, and never unaudited."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from project.audit import AuditEntry
from secrets_app.models import Secret, SecretsManager
from tests.support.pages import signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
CANARY = "canary-to-be-revealed"


@pytest.fixture
def secret(person: User) -> Secret:
    secret = Secret.objects.create(
        name="token",
        owner=person,
        manager=SecretsManager.objects.built_in(),
        schema="arbitrary",
    )
    secret.replace({"token": CANARY})
    return secret


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.STOREROOM_ALLOW_REVEAL = True


def ask(secret: Secret, user: User, **typed: str) -> Any:
    fields = {"reason": "moving house", "password": PASSWORD} | typed
    return signed_in(user).post(f"/secrets/secret/{secret.pk}/reveal/", fields, follow=True)


def test_s22_it_is_shown_once_the_audit_has_it(secret: Secret, person: User) -> None:
    reply = ask(secret, person)

    entry = AuditEntry.objects.get(action="revealed")
    assert CANARY in reply.content.decode()
    assert (entry.actor_name, entry.words, entry.address) == (
        "bea",
        "version 1: moving house",
        "127.0.0.1",
    )
    assert entry.fingerprint == secret.current.fingerprint


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"password": "wrong"}, "This is not your password."),
        ({"password": ""}, "This is not your password."),
        ({"reason": "  "}, "A reason is needed; it goes to the audit."),
    ],
)
def test_s22_it_is_refused_and_the_refusal_audited(
    typed: dict[str, str], words: str, secret: Secret, person: User
) -> None:
    reply = ask(secret, person, **typed)

    page = reply.content.decode()
    assert words in page
    assert CANARY not in page
    assert AuditEntry.objects.get(action="refused").words == f"to reveal it: {words}"
    assert not AuditEntry.objects.filter(action="revealed").exists()


def test_s22_what_cannot_be_opened_is_refused_and_the_refusal_audited(
    secret: Secret, person: User, settings: Any
) -> None:
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]

    reply = ask(secret, person)

    entry = AuditEntry.objects.get()
    assert "cannot be decrypted with the loaded keys" in reply.content.decode()
    assert entry.action == "refused"
    assert "to reveal it: token cannot be decrypted with the loaded keys" in entry.words
    assert entry.address == "127.0.0.1"


def test_s22_it_is_off_unless_the_operator_allows_it(
    secret: Secret, person: User, settings: Any
) -> None:
    settings.STOREROOM_ALLOW_REVEAL = False

    reply = ask(secret, person)

    page = reply.content.decode()
    assert "Revealing is off here; the operator can set STOREROOM_ALLOW_REVEAL=true." in page
    assert CANARY not in page
    assert "Your password, again" not in page


def test_s22_who_may_only_use_it_is_refused(
    secret: Secret, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Built-in things are used by all and owned by nobody."""
    Secret.objects.filter(pk=secret.pk).update(owner=None)

    reply = ask(secret, stranger)

    assert "This needs a higher role" in reply.content.decode()
    assert CANARY not in reply.content.decode()


def test_s22_strangers_find_nothing(secret: Secret, stranger: User) -> None:
    assert ask(secret, stranger).status_code == 404


@pytest.mark.database
def test_s22_without_the_audit_nothing_is_shown(secret: Secret, person: User) -> None:
    refuse_audit()
    try:
        reply = ask(secret, person)
    finally:
        allow_audit()

    page = reply.content.decode()
    assert "The audit could not be written, so nothing is shown." in page
    assert CANARY not in page


def refuse_audit() -> None:
    """Let the database refuse every new line in the audit that says that something was shown."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "ALTER TABLE project_auditentry ADD CONSTRAINT refused"
                " CHECK (action <> 'revealed') NOT VALID"
            )
        else:
            cursor.execute(
                "CREATE TRIGGER refused BEFORE INSERT ON project_auditentry"
                " WHEN NEW.action = 'revealed' BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )


def allow_audit() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE project_auditentry DROP CONSTRAINT refused")
        else:
            cursor.execute("DROP TRIGGER refused")


def test_s23_it_is_not_reached_by_looking_and_not_kept(secret: Secret, person: User) -> None:
    browser = signed_in(person)

    looked = browser.get(f"/secrets/secret/{secret.pk}/reveal/")
    shown = ask(secret, person)

    assert looked.status_code == 405
    assert "no-store" in shown["Cache-Control"]
    assert "data-forget" in shown.content.decode()
    after = browser.get(f"/secrets/secret/{secret.pk}/overview/").content.decode()
    assert CANARY not in after


def test_s22_five_wrong_passwords_lock_it(secret: Secret, person: User) -> None:
    for _ in range(5):
        ask(secret, person, password="wrong")

    assert CANARY not in ask(secret, person).content.decode()


def test_the_command_asks_for_the_password(
    secret: Secret, person: User, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("typer.prompt", lambda *args, **kwargs: PASSWORD)

    call_command(
        "secrets-manager", "secret", "get", "token", "--reveal", "--reason=moving", "--as=bea"
    )
    with pytest.raises(CommandError, match="A reason is needed"):
        call_command("secrets-manager", "secret", "get", "token", "--reveal", "--as=bea")

    assert CANARY in capsys.readouterr().out
    assert AuditEntry.objects.get(action="revealed").words == "version 1: moving"
