"""Sealing: what comes back, what is refused, and what a refusal says."""

import json
import sys

import pytest
from cryptography.fernet import Fernet
from django.views.debug import ExceptionReporter

from project.keys import key_id
from secrets_app import keyring
from secrets_app.keyring import Misplaced, Undecryptable

OLD = "Zm9yIHRlc3RzIG9ubHk6IGtleSBudW1iZXIgb25lISE="
NEW = "Zm9yIHRlc3RzIG9ubHk6IGtleSBudW1iZXIgdHdvISE="
HERE = ("secrets_app.secret", 7, "account_key", 2)
CANARY = "canary-value-of-the-keyring"


@pytest.fixture(autouse=True)
def old_key(settings):
    settings.FERNET_KEYS = [OLD]


def refusal(sealed: str, bound_to=HERE) -> Undecryptable:
    with pytest.raises(Undecryptable) as error:
        keyring.unseal(sealed, bound_to)
    return error.value


def test_s01_a_sealed_value_names_its_key_and_holds_no_clear_text():
    sealed = keyring.seal(CANARY, HERE)

    assert sealed.startswith(f"v1.{key_id(OLD)}.gAAAA")
    assert CANARY not in sealed
    assert keyring.key_id_of(sealed) == key_id(OLD)


def test_the_same_value_is_sealed_differently_each_time():
    assert keyring.seal(CANARY, HERE) != keyring.seal(CANARY, HERE)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "plain",
        " kept \n",
        "ключ 钥匙 🔑",
        "\x00\ud800",
        '{"type": "service_account", "private_key": "-----BEGIN\\n"}',
        pytest.param("x" * 65536, id="64 KiB"),
    ],
)
def test_s14_odd_values_come_back_exactly(value):
    assert keyring.unseal(keyring.seal(value, HERE), HERE) == value


@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param(("secrets_app.secret", 8, "account_key", 2), id="another record"),
        pytest.param(("secrets_app.secret", 7, "sas_token", 2), id="another field"),
        pytest.param(("secrets_app.secret", 7, "account_key", 3), id="another version"),
        pytest.param(("stores.store", 7, "account_key", 2), id="another table"),
        pytest.param(("secrets_app.secret", "7", "account_key", 2), id="text for a number"),
        pytest.param((), id="nothing"),
    ],
)
def test_s10_a_sealed_value_moved_to_another_place_is_refused(elsewhere):
    error = refusal(keyring.seal(CANARY, HERE), elsewhere)

    assert isinstance(error, Misplaced)
    assert str(error) == (
        "cannot be used: it was sealed for another record, field or version"
        f" (with key {key_id(OLD)}, which is loaded)"
    )
    assert error.key_id == key_id(OLD)


def test_s11_what_a_value_is_bound_to_is_unambiguous():
    sealed = keyring.seal(CANARY, (1, "1x"))

    assert isinstance(refusal(sealed, (11, "x")), Misplaced)
    assert isinstance(refusal(sealed, (1, "1", "x")), Misplaced)
    assert isinstance(refusal(keyring.seal(CANARY, ("a,b", "c")), ("a", "b,c")), Misplaced)
    assert isinstance(refusal(keyring.seal(CANARY, ('a", "b',)), ("a", "b")), Misplaced)


def test_s04_a_value_of_a_key_that_is_gone_names_that_key_and_the_loaded_ones(settings):
    sealed = keyring.seal(CANARY, HERE)
    settings.FERNET_KEYS = [NEW]

    error = refusal(sealed)

    assert not isinstance(error, Misplaced)
    assert error.key_id == key_id(OLD)
    assert str(error) == (
        "cannot be decrypted with the loaded keys"
        f" (sealed with key {key_id(OLD)}, loaded: {key_id(NEW)})"
    )


def test_s05_a_text_changed_in_any_one_place_is_refused():
    sealed = keyring.seal("v", HERE)

    for place, sign in enumerate(sealed):
        changed = sealed[:place] + ("A" if sign != "A" else "B") + sealed[place + 1 :]
        assert str(refusal(changed)).startswith("cannot be decrypted with the loaded keys")


def test_s05_a_text_cut_short_or_made_longer_is_refused():
    sealed = keyring.seal("v", HERE)

    for changed in (sealed[:-1], sealed[:40], sealed + "=", sealed + "\n", " " + sealed):
        assert "cannot be decrypted" in str(refusal(changed))


@pytest.mark.parametrize("stored", ["", CANARY, f"v1.{CANARY}", f"v1.0123abcd.{CANARY}", "v2.a.b"])
def test_s05_a_text_that_was_never_sealed_is_refused_and_not_repeated(stored):
    error = refusal(stored)

    assert str(error).startswith("cannot be decrypted with the loaded keys")
    assert CANARY not in str(error)


def test_s05_a_token_of_another_program_under_the_same_key_is_refused():
    token = Fernet(OLD).encrypt(CANARY.encode()).decode()

    assert "what is stored is damaged" in str(refusal(f"v1.{key_id(OLD)}.{token}"))


def test_s05_a_payload_without_a_value_is_refused():
    token = Fernet(OLD).encrypt(json.dumps({"bound_to": list(HERE)}).encode()).decode()

    assert "what is stored is damaged" in str(refusal(f"v1.{key_id(OLD)}.{token}"))


def test_s06_values_stay_readable_through_a_whole_rotation(settings):
    settings.FERNET_KEYS = [OLD, NEW]
    sealed = keyring.seal(CANARY, HERE)
    assert keyring.key_id_of(sealed) == key_id(OLD)

    settings.FERNET_KEYS = [NEW, OLD]
    assert keyring.unseal(sealed, HERE) == CANARY
    resealed = keyring.reseal(sealed, HERE)
    assert keyring.key_id_of(resealed) == key_id(NEW)

    settings.FERNET_KEYS = [NEW]
    assert keyring.unseal(resealed, HERE) == CANARY


def test_resealing_keeps_the_time_of_sealing(settings):
    token = Fernet(OLD).encrypt_at_time(
        json.dumps({"bound_to": list(HERE), "value": CANARY}).encode(), current_time=1_500_000_000
    )
    settings.FERNET_KEYS = [NEW, OLD]

    resealed = keyring.reseal(f"v1.{key_id(OLD)}.{token.decode()}", HERE)

    assert Fernet(NEW).extract_timestamp(resealed.split(".")[2]) == 1_500_000_000


def test_s07_resealing_what_the_first_key_sealed_changes_nothing():
    sealed = keyring.seal(CANARY, HERE)

    assert keyring.reseal(sealed, HERE) == sealed


def test_s10_resealing_in_another_place_is_refused(settings):
    sealed = keyring.seal(CANARY, HERE)
    settings.FERNET_KEYS = [NEW, OLD]

    with pytest.raises(Misplaced, match="sealed for another record"):
        keyring.reseal(sealed, ("secrets_app.secret", 8, "account_key", 2))


def test_loaded_keys_are_named_in_their_order(settings):
    settings.FERNET_KEYS = [NEW, OLD]

    assert keyring.loaded_key_ids() == [key_id(NEW), key_id(OLD)]


def test_a_text_that_is_not_sealed_names_no_key():
    assert keyring.key_id_of("") == ""
    assert keyring.key_id_of(CANARY) == ""


def test_s18_a_report_of_a_refusal_shows_no_value(settings):
    settings.DEBUG = False
    sealed = keyring.seal(CANARY, HERE)

    try:
        keyring.unseal(sealed, ("secrets_app.secret", 8, "account_key", 2))
    except Misplaced:
        report = ExceptionReporter(None, *sys.exc_info()).get_traceback_html()

    assert "sealed for another record" in report
    assert CANARY not in report
