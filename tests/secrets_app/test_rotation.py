"""Key rotation: everything that is sealed gets the first key, and what no key opens is named."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext, override_settings

from project.keys import key_id
from secrets_app import keyring, rotation
from secrets_app.models import Secret, SecretsManager, SecretValue
from secrets_app.sealing import SealedField, sealed_columns
from tests.support.servers import Process, wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.database]

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
OLD_ID, NEW_ID = key_id(OLD), key_id(NEW)


@pytest.fixture(autouse=True)
def old_key(settings: Any) -> None:
    settings.FERNET_KEYS = [OLD]


@pytest.fixture
def secrets(person: User) -> Callable[[int], list[Secret]]:
    """A function that seals so many secrets of two values each."""

    def make(count: int) -> list[Secret]:
        manager = SecretsManager.objects.built_in()
        made = []
        for number in range(count):
            secret = Secret.objects.create(
                name=f"secret {number}", owner=person, manager=manager, schema="arbitrary"
            )
            secret.replace({"user": f"user {number}", "token": f"canary {number}"})
            made.append(secret)
        return made

    return make


def whole_database() -> str:
    """Every value of every table, also of those that no model knows."""
    with connection.cursor() as cursor:
        values = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            values += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(values)


def test_everything_is_sealed_anew_and_still_opens(secrets: Any, settings: Any) -> None:
    made = secrets(3)
    settings.FERNET_KEYS = [NEW, OLD]

    count = rotation.rotate()

    settings.FERNET_KEYS = [NEW]
    assert (count.rows, count.resealed, count.unreadable) == (7, 7, [])
    assert made[2].reveal() == {"user": "user 2", "token": "canary 2"}


def test_s07_a_second_run_changes_nothing(secrets: Any, settings: Any) -> None:
    secrets(3)
    settings.FERNET_KEYS = [NEW, OLD]
    rotation.rotate()

    count = rotation.rotate()

    assert (count.rows, count.resealed) == (0, 0)


def test_s07_rows_are_read_in_batches(secrets: Any, settings: Any) -> None:
    secrets(6)
    settings.FERNET_KEYS = [NEW, OLD]
    seen: list[int] = []

    with CaptureQueriesContext(connection) as queries:
        rotation.rotate(lambda count: seen.append(count.resealed), batch=5)

    reads = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert seen == [1, 6, 11, 13]
    assert all("LIMIT 5" in sql for sql in reads)


def test_a_row_that_somebody_changes_meanwhile_is_left_to_them(
    secrets: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = secrets(1)[0].current.values.get(key="token")
    settings.FERNET_KEYS = [NEW, OLD]
    reseal = keyring.reseal
    newer = keyring.seal("newer", value.bound_to())

    def overtaken(sealed: str, bound_to: Any) -> str:
        SecretValue.objects.filter(pk=value.pk).update(sealed=newer)
        return reseal(sealed, bound_to)

    monkeypatch.setattr(keyring, "reseal", overtaken)
    rotation.rotate()

    value.refresh_from_db()
    assert value.unseal() == "newer"


def test_s08_every_sealed_column_is_covered(secrets: Any, settings: Any) -> None:
    """A model with a sealed column that has no row here fails it as well: give it one."""
    secrets(1)
    declared = {
        (model, field.attname)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, SealedField)
    }
    without_a_row = [model for model, _ in declared if not model._default_manager.exists()]
    before = whole_database()
    settings.FERNET_KEYS = [NEW, OLD]

    rotation.rotate()

    settings.FERNET_KEYS = [NEW]
    assert without_a_row == []
    assert set(sealed_columns()) == declared
    assert (SecretValue, "sealed") in declared
    assert rotation.verify().unreadable == []
    assert before.count(f"v1.{OLD_ID}.") == 3
    assert f"v1.{OLD_ID}." not in whole_database()


def test_a_sealed_column_needs_to_say_what_it_is_bound_to() -> None:
    class Loose(models.Model):
        sealed = SealedField()

        class Meta:
            app_label = "tests"

        def __str__(self) -> str:
            return "loose"

    found = Loose._meta.get_field("sealed").check()

    assert [error.id for error in found] == ["secrets_app.E001"]


def damage(secret: Secret) -> SecretValue:
    """Change one character of a sealed value."""
    value: SecretValue = secret.current.values.get(key="token")
    last = "A" if value.sealed[-10] != "A" else "B"
    value.sealed = value.sealed[:-10] + last + value.sealed[-9:]
    value.save()
    return value


def line(value: SecretValue) -> str:
    """What is said of a value that was damaged."""
    return (
        f"secrets_app.secretvalue {value.pk} (secrets_app.secret {value.version.secret_id} token"
        f" 1): cannot be decrypted with the loaded keys (sealed with key {OLD_ID}, which is"
        " loaded: what is stored is damaged)"
    )


def test_s09_verify_names_the_rows_and_their_keys_and_no_value(
    secrets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    made = secrets(25)
    bad = [damage(made[3]), damage(made[20])]

    with pytest.raises(CommandError) as failed:
        call_command("secrets", "verify")

    printed = capsys.readouterr().out
    assert str(failed.value) == "2 rows cannot be opened with the loaded keys."
    assert failed.value.returncode == 1
    assert printed == (f"{line(bad[0])}\n{line(bad[1])}\n49 of 51 rows can be opened.\n")
    assert bad[0].sealed not in printed
    assert "canary" not in printed


def test_s09_verify_says_when_all_is_well(
    secrets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets(2)

    call_command("secrets", "verify")

    assert capsys.readouterr().out == "5 of 5 rows can be opened.\n"


def test_s09_verify_prints_json_for_programs(
    secrets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    value = damage(secrets(1)[0])

    with pytest.raises(CommandError, match=r"^1 row cannot be opened with the loaded keys\.$"):
        call_command("secrets", "verify", "--output", "json")

    facts = json.loads(capsys.readouterr().out)
    assert (facts["rows"], facts["unreadable_rows"], facts["keys"]) == (3, 1, [OLD_ID])
    assert [(row["pk"], row["key_id"]) for row in facts["unreadable"]] == [(value.pk, OLD_ID)]


def test_only_the_first_unreadable_rows_are_named(
    secrets: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "MOST_NAMED", 1)
    made = secrets(3)
    damage(made[0])
    damage(made[1])

    with pytest.raises(CommandError, match=r"^2 rows cannot be opened"):
        call_command("secrets", "verify")

    assert "\n… and 1 row more.\n5 of 7 rows can be opened.\n" in capsys.readouterr().out


def test_s07_rotating_prints_counts_and_the_keys_that_may_go(
    secrets: Any, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets(2)
    settings.FERNET_KEYS = [NEW, OLD]

    call_command("secrets", "rotate-keys")
    first = capsys.readouterr().out
    call_command("secrets", "rotate-keys")
    second = capsys.readouterr().out

    assert first == (
        "Sealed anew: 5 of 5 rows.\n"
        f"Key {OLD_ID} seals nothing now and may be removed from FERNET_KEYS.\n"
    )
    assert second == (
        f"Nothing to seal anew: key {NEW_ID} sealed everything.\n"
        f"Key {OLD_ID} seals nothing now and may be removed from FERNET_KEYS.\n"
    )


def test_rotating_says_now_and_then_how_far_it_is(
    secrets: Any,
    settings: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("secrets_app.management.commands.secrets.LINE_EVERY", 0.0)
    secrets(2)
    settings.FERNET_KEYS = [NEW, OLD]

    call_command("secrets", "rotate-keys")

    printed = capsys.readouterr().out
    assert printed.startswith("1 row sealed anew so far.\n5 rows sealed anew so far.\nSealed anew")


def test_s07_rotating_fails_while_rows_cannot_be_opened_and_names_them(
    secrets: Any, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    value = damage(secrets(2)[1])
    settings.FERNET_KEYS = [NEW, OLD]

    with pytest.raises(CommandError) as failed:
        call_command("secrets", "rotate-keys")

    printed = capsys.readouterr().out
    assert str(failed.value) == "1 row cannot be opened with the loaded keys."
    assert failed.value.returncode == 1
    assert printed == f"{line(value)}\nSealed anew: 4 of 5 rows; 1 cannot be opened.\n"


def test_rotating_fails_while_another_process_seals_with_another_key(
    secrets: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = secrets(1)
    settings.FERNET_KEYS = [NEW, OLD]
    rotate = rotation.rotate

    def beside_an_old_process(progress: Any) -> rotation.Count:
        count = rotate(progress)
        with override_settings(FERNET_KEYS=[OLD, NEW]):
            made[0].replace({"token": "sealed meanwhile"})
        return count

    monkeypatch.setattr(rotation, "rotate", beside_an_old_process)

    with pytest.raises(CommandError) as failed:
        call_command("secrets", "rotate-keys")

    assert str(failed.value) == (
        f"1 row got another key meanwhile: let every process seal with key {NEW_ID}, then run"
        " this again."
    )


def test_rows_are_counted_by_their_key(secrets: Any, settings: Any) -> None:
    made = secrets(1)
    settings.FERNET_KEYS = [NEW, OLD]
    made[0].replace({"token": "sealed with the new key"})
    SecretValue.objects.filter(key="user", version__number=1).update(sealed="no sealed text")

    assert rotation.rows_by_key() == {OLD_ID: 3, NEW_ID: 1, "": 1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.queue
def test_s07_a_killed_command_goes_on_where_it_stopped(
    secrets: Any, settings: Any, tmp_path: Path
) -> None:
    secrets(1000)
    command = ("manage.py", "secrets", "rotate-keys")
    keys = {"FERNET_KEYS": f"{NEW},{OLD}"}
    first = Process(*command, log=tmp_path / "first", **keys)
    wait_until(lambda: rotation.rows_by_key().get(OLD_ID, 0) <= 1500)
    first.kill()
    left = rotation.rows_by_key().get(OLD_ID, 0)

    second = Process(*command, log=tmp_path / "second", **keys)
    second.popen.wait(180)
    third = Process(*command, log=tmp_path / "third", **keys)
    third.popen.wait(180)

    idle = f"Key {OLD_ID} seals nothing now and may be removed from FERNET_KEYS."
    settings.FERNET_KEYS = [NEW]
    assert first.popen.returncode == -signal.SIGKILL
    assert 0 < left <= 1500
    assert second.popen.returncode == third.popen.returncode == 0
    # Before these it says now and then how far it is, on a machine that takes long.
    assert second.log.read_text().splitlines()[-2:] == [
        f"Sealed anew: {left:,} of {left:,} rows.",
        idle,
    ]
    assert third.log.read_text().splitlines() == [
        f"Nothing to seal anew: key {NEW_ID} sealed everything.",
        idle,
    ]
    assert rotation.rows_by_key() == {NEW_ID: 2001}
    assert rotation.verify().unreadable_rows == 0
