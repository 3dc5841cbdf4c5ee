"""Secrets as they are kept: sealed, in versions, given back by `reveal` alone."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from secrets_app import keyring
from secrets_app.models import NotKept, Secret, SecretsManager
from tests.support.threads import begin

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
    other = "A" if sealed[-10] != "A" else "B"
    secret.current.values.update(sealed=sealed[:-10] + other + sealed[-9:])

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


# Versions that end


def test_a_version_in_use_is_not_destroyed(secret: Secret) -> None:
    secret.replace({"account_key": KEY})

    gone = secret.versions.all().destroy()

    assert gone == []
    assert secret.reveal() == {"account_key": KEY}


def test_the_others_are_and_their_rows_stay(secret: Secret) -> None:
    secret.replace({"account_key": KEY})
    secret.replace({"account_key": OTHER_KEY})

    gone = secret.versions.all().destroy()

    first = secret.versions.get(number=1)
    assert gone == [first]
    assert first.destroyed_at is not None
    assert (first.fingerprint, first.values.count()) == ("", 0)
    assert secret.reveal() == {"account_key": OTHER_KEY}


@pytest.mark.django_db(transaction=True)
def test_a_version_that_is_made_current_meanwhile_is_not_destroyed(
    transactional_db: None, secret: Secret
) -> None:
    secret.replace({"account_key": KEY})
    secret.replace({"account_key": OTHER_KEY})

    with transaction.atomic():
        secret.make_current(1)
        thread = begin(lambda: secret.versions.all().destroy())
    thread.join()

    assert Secret.objects.get(pk=secret.pk).reveal() == {"account_key": KEY}
    assert secret.versions.get(number=2).destroyed_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_version_that_is_destroyed_meanwhile_is_not_made_current(
    transactional_db: None, secret: Secret
) -> None:
    secret.replace({"account_key": KEY})
    secret.replace({"account_key": OTHER_KEY})
    refusals: list[str] = []

    def use_the_first() -> None:
        try:
            Secret.objects.get(pk=secret.pk).make_current(1)
        except NotKept as error:
            refusals.append(str(error))

    with transaction.atomic():
        secret.versions.filter(number=1).destroy()
        thread = begin(use_the_first)
    thread.join()

    assert refusals == ["Version 1 of `az_secret` is not kept any more."]
    assert Secret.objects.get(pk=secret.pk).reveal() == {"account_key": OTHER_KEY}


def test_a_version_that_is_not_kept_changes_nothing(secret: Secret) -> None:
    secret.replace({"account_key": KEY})

    with pytest.raises(NotKept) as refusal:
        secret.make_current(7)

    assert str(refusal.value) == "Version 7 of `az_secret` is not kept any more."
    assert Secret.objects.get(pk=secret.pk).version == 1
    assert secret.current.unused_since is None


def test_a_destroyed_version_is_not_revealed_as_nothing(secret: Secret) -> None:
    """Not even to whoever still takes it for the one in use."""
    secret.replace({"account_key": KEY})
    late = Secret.objects.get(pk=secret.pk)
    secret.replace({"account_key": OTHER_KEY})
    secret.versions.filter(number=1).destroy()

    with pytest.raises(NotKept):
        late.reveal()


def test_a_version_was_retired_only_where_it_was_in_use(secret: Secret) -> None:
    secret.replace({"account_key": KEY})
    secret.add_version({"account_key": OTHER_KEY})
    in_use = secret.versions.get(number=1)
    never = secret.versions.get(number=2)
    secret.make_current(2)

    retired = secret.versions.get(number=1)

    assert (in_use.retired_at, never.retired_at) == (None, None)
    assert retired.retired_at == retired.unused_since
    assert retired.retired_at is not None
