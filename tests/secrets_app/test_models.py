"""Secrets as they are kept: sealed, in versions, given back by `reveal` alone."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from secrets_app import keyring
from secrets_app.models import Secret, SecretsManager

pytestmark = [pytest.mark.django_db, pytest.mark.database]

KEY = "b25lIGtleSBvZiA2NCBieXRlcw=="
OTHER_KEY = "YW5vdGhlciBrZXkgb2YgNjQgYnl0ZXM="


@pytest.fixture
def secret(person: User) -> Secret:
    return Secret.objects.create(
        name="az_secret", owner=person, manager=SecretsManager.objects.built_in()
    )


def test_values_come_back_by_reveal(secret: Secret) -> None:
    secret.replace({"account_name": "acct", "account_key": KEY})

    assert secret.reveal() == {"account_name": "acct", "account_key": KEY}


def test_each_change_is_a_version(secret: Secret, person: User) -> None:
    secret.replace({"account_name": "acct"}, by=person)
    secret.replace({"account_key": KEY})

    secret.refresh_from_db()
    assert secret.version == 2
    assert secret.current.created_at is not None
    assert dict(secret.current.values.values_list("key", "sealed_for")) == {
        "account_name": 1,
        "account_key": 2,
    }


def kept_in(vault: SecretsManager, name: str, owner: User) -> Secret:
    return Secret(name=name, owner=owner, manager=vault)


@pytest.fixture
def vault(person: User) -> SecretsManager:
    return SecretsManager.objects.create(
        name="kv", owner=person, flavor="azure", configuration={"key_vault_name": "team-vault"}
    )


@pytest.mark.parametrize("name", ["k-s", "K_S", "k_s"])
def test_names_that_one_vault_does_not_tell_apart_are_refused(
    vault: SecretsManager, person: User, stranger: User, name: str
) -> None:
    kept_in(vault, "k_s", stranger).save()

    with pytest.raises(ValidationError) as refused:
        kept_in(vault, name, person).full_clean()

    assert refused.value.message_dict == {"name": ["`kv` keeps another secret as `k-s` already."]}


def test_a_secret_does_not_stand_in_its_own_way(vault: SecretsManager, person: User) -> None:
    secret = kept_in(vault, "k_s", person)
    secret.save()
    secret.name = "K-S"

    secret.full_clean()


def test_names_in_this_database_are_told_apart(secret: Secret, person: User) -> None:
    kept_in(SecretsManager.objects.built_in(), "az-secret", person).full_clean()


def test_a_manager_that_keeps_secrets_keeps_its_flavor(person: User) -> None:
    manager = SecretsManager.objects.create(name="sm", owner=person)
    kept_in(manager, "token", person).save()
    manager.flavor = "azure"

    with pytest.raises(ValidationError) as refused:
        manager.full_clean()

    assert refused.value.message_dict == {
        "flavor": [
            "It keeps 1 secret, which another flavor could not open. Register another manager."
        ]
    }


def test_s13_nothing_typed_keeps_everything(secret: Secret) -> None:
    secret.replace({"account_key": KEY})
    sealed = secret.current.values.get().sealed

    secret.replace({})

    secret.refresh_from_db()
    assert secret.version == 1
    assert secret.current.values.get().sealed == sealed


def test_s13_clear_removes_one_and_keeps_the_others(secret: Secret) -> None:
    secret.replace({"account_name": "acct", "account_key": KEY})

    secret.replace({}, clear=frozenset({"account_key"}))

    assert secret.version == 2
    assert secret.reveal() == {"account_name": "acct"}


def test_two_who_replace_at_once_make_two_versions(secret: Secret) -> None:
    twin = Secret.objects.get(pk=secret.pk)

    secret.replace({"account_name": "acct"})
    twin.replace({"account_key": KEY})

    assert twin.version == 2
    assert Secret.objects.get(pk=secret.pk).reveal() == {
        "account_name": "acct",
        "account_key": KEY,
    }


def test_the_held_names_are_in_the_schemas_order(secret: Secret) -> None:
    secret.replace({"tenant_id": "t", "account_key": KEY, "account_name": "acct"})

    assert secret.held_keys() == ["account_name", "account_key", "tenant_id"]


def test_s10_a_ciphertext_moved_to_another_secret_is_refused(secret: Secret, person: User) -> None:
    other = Secret.objects.create(name="other", owner=person, manager=secret.manager)
    secret.replace({"account_key": KEY})
    other.replace({"account_key": OTHER_KEY})
    other.current.values.update(sealed=secret.current.values.get().sealed)

    with pytest.raises(keyring.Misplaced) as refusal:
        other.reveal()

    assert KEY not in str(refusal.value)


def test_s10_an_old_versions_ciphertext_is_refused(secret: Secret) -> None:
    secret.replace({"account_key": KEY})
    old = secret.current.values.get().sealed
    secret.replace({"account_key": OTHER_KEY})
    secret.current.values.update(sealed=old)

    with pytest.raises(keyring.Misplaced):
        secret.reveal()


def test_s05_a_damaged_value_is_neither_revealed_nor_given_as_it_is(secret: Secret) -> None:
    secret.replace({"account_key": KEY})
    sealed = secret.current.values.get().sealed
    secret.current.values.update(sealed=sealed[:-10] + "A" + sealed[-9:])

    with pytest.raises(keyring.Undecryptable) as refusal:
        secret.reveal()

    assert "what is stored is damaged" in str(refusal.value)
    assert sealed[:40] not in str(refusal.value)


def test_s04_another_key_is_said_with_both_ids(secret: Secret, settings: Any) -> None:
    settings.FERNET_KEYS = ["c3RvcmVyb29tIHRlc3RzOiBub3QgdXNlZCBhbnl3aC4="]
    secret.replace({"account_key": KEY})
    settings.FERNET_KEYS = ["c3RvcmVyb29tIHRlc3RzOiBib3RoIGtleXMgZXF1YWw="]

    assert secret.unreadable() == (
        "cannot be decrypted with the loaded keys (sealed with key f397546b, loaded: e83283b9)"
    )


def test_a_new_key_before_the_old_one_reads_and_seals(secret: Secret, settings: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FERNET_KEYS = [old]
    secret.replace({"account_key": KEY})
    settings.FERNET_KEYS = [new, old]
    secret.replace({"account_name": "acct"})

    settings.FERNET_KEYS = [new]

    assert secret.current.values.get(key="account_name").unseal() == "acct"
    assert secret.unreadable() != ""


def test_a_value_is_not_in_the_repr_of_anything(secret: Secret) -> None:
    secret.replace({"account_key": KEY})
    value = secret.current.values.get()

    shown = f"{secret!r} {secret} {value!r} {value} {list(secret.current.values.all())}"

    assert KEY not in shown
    assert value.sealed not in shown


def test_the_built_in_manager_is_there_once() -> None:
    assert SecretsManager.objects.built_in() == SecretsManager.objects.built_in()
    assert SecretsManager.objects.count() == 1
