"""Key rotation: everything that is sealed gets the first key, and what no key opens is named."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from project.keys import key_id
from secrets_app import keyring, rotation
from secrets_app.models import FingerprintKey, Secret, SecretsManager, SecretValue
from secrets_app.sealing import SealedField, sealed_columns
from tests.support.servers import Process

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


def every_text() -> Iterator[str]:
    """All that stands in text columns, of every table."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField | models.TextField | models.JSONField):
                for value in model._default_manager.values_list(field.attname, flat=True):
                    yield str(value)


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
    """Fails when a model with a sealed column has no row here, or is not sealed anew."""
    secrets(1)
    declared = {
        (model, field.attname)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, SealedField)
    }
    settings.FERNET_KEYS = [NEW, OLD]

    rotation.rotate()

    settings.FERNET_KEYS = [NEW]
    assert set(sealed_columns()) == declared
    assert {model for model, _ in declared if model._default_manager.exists()} == {
        SecretValue,
        FingerprintKey,
    }
    assert len(declared) == 2
    assert rotation.verify().unreadable == []
    assert [text for text in every_text() if f"v1.{OLD_ID}." in text] == []


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
    assert "49 of 51 rows can be opened." in printed
    for value in bad:
        assert f"secrets_app.secretvalue {value.pk}: cannot be decrypted" in printed
        assert value.sealed not in printed
    assert f"sealed with key {OLD_ID}" in printed
    assert "canary" not in printed


def test_s09_verify_says_when_all_is_well(
    secrets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets(2)

    call_command("secrets", "verify")

    assert capsys.readouterr().out == "5 of 5 rows can be opened.\n"


def test_rotating_prints_counts_and_the_keys_that_may_go(
    secrets: Any, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets(2)
    settings.FERNET_KEYS = [NEW, OLD]

    call_command("secrets", "rotate-keys")

    assert capsys.readouterr().out == (
        "1 sealed anew …\n"
        "5 sealed anew …\n"
        f"Sealed anew: 5. Other rows were sealed with key {NEW_ID} already.\n"
        f"Key {OLD_ID} seals nothing now and may be removed.\n"
    )


def test_rows_are_counted_by_their_key(secrets: Any, settings: Any) -> None:
    made = secrets(1)
    settings.FERNET_KEYS = [NEW, OLD]
    made[0].replace({"token": "sealed with the new key"})
    SecretValue.objects.filter(key="user", version__number=1).update(sealed="no sealed text")

    assert rotation.rows_by_key() == {OLD_ID: 3, NEW_ID: 1, "": 1}


ROTATE_SLOWLY = """
import time, django
django.setup()
from secrets_app import rotation
def tell(count):
    print(count.resealed, flush=True)
    time.sleep(0.05)
rotation.rotate(tell, batch=50)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.queue
def test_s07_a_killed_rotation_goes_on_where_it_stopped(
    secrets: Any, settings: Any, tmp_path: Path
) -> None:
    secrets(1000)
    rotating = Process("-c", ROTATE_SLOWLY, log=tmp_path / "log", FERNET_KEYS=f"{NEW},{OLD}")
    rotating.wait_for("1001")
    rotating.kill()
    settings.FERNET_KEYS = [NEW, OLD]
    left = rotation.rows_by_key()[OLD_ID]

    count = rotation.rotate()

    assert rotating.popen.returncode == -signal.SIGKILL
    assert 0 < left <= 1000
    assert (count.rows, count.resealed) == (left, left)
    assert rotation.rows_by_key() == {NEW_ID: 2001}
    assert rotation.rotate().resealed == 0
