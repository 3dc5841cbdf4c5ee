"""The keys: which are refused, and how the embedded ones are made."""

import base64
import hashlib
import multiprocessing
import re
import stat

import pytest

from project import keys
from project.home import Home
from project.keys import ConfigurationError

SECRET_KEY = "a-long-and-random-looking-secret-key-of-0123456789-and-more"
FIRST = "Zm9yIHRlc3RzIG9ubHk6IGtleSBudW1iZXIgb25lISE="
SECOND = "Zm9yIHRlc3RzIG9ubHk6IGtleSBudW1iZXIgdHdvISE="


def base64_key(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def make_keys_in(folder, barrier):
    barrier.wait()
    keys.make_keys(Home(folder))


def refused(text: str, secret_key: str = SECRET_KEY) -> str:
    with pytest.raises(ConfigurationError) as error:
        keys.parse_fernet_keys(text, secret_key)
    return str(error.value)


def test_keys_are_separated_by_commas_or_line_ends():
    assert keys.parse_fernet_keys(f"{FIRST},{SECOND}", SECRET_KEY) == [FIRST, SECOND]
    assert keys.parse_fernet_keys(f" {FIRST} \r\n{SECOND}\n", SECRET_KEY) == [FIRST, SECOND]


def test_a_key_spelled_otherwise_is_read_in_its_one_spelling():
    assert keys.parse_fernet_keys(FIRST.replace("SE=", "SF="), SECRET_KEY) == [FIRST]


@pytest.mark.parametrize("text", ["", "  ", "\n", ",,"])
def test_s02_no_fernet_key_is_refused(text):
    assert refused(text).startswith("FERNET_KEYS: is not set")


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(base64_key(b"x" * 31), id="31 bytes"),
        pytest.param(base64_key(b"x" * 33), id="33 bytes"),
        pytest.param(FIRST.rstrip("="), id="padding missing"),
        pytest.param("not base64 but still a good deal of letters!", id="other characters"),
        pytest.param("+/" + FIRST[2:], id="the other base64"),
        pytest.param("é" + FIRST[1:], id="not ASCII"),
    ],
)
def test_s03_a_malformed_key_is_named_by_its_place_and_never_shown(bad):
    message = refused(f"{FIRST},{bad},{SECOND}")

    assert message == "FERNET_KEYS: key 2 of 3 is not 32 bytes of url-safe base64"


@pytest.mark.parametrize("sample", [key for key in keys.SAMPLE_KEYS if key.endswith("=")])
def test_s03_the_readmes_fernet_key_is_refused(sample):
    message = refused(sample)

    assert message == "FERNET_KEYS: key 1 of 1 is the README's sample, which everybody knows"


@pytest.mark.parametrize("sample", [key for key in keys.SAMPLE_KEYS if not key.endswith("=")])
def test_s03_the_readmes_secret_key_is_refused(sample):
    with pytest.raises(ConfigurationError, match=r"^SECRET_KEY: is the README's sample"):
        keys.check_secret_key(sample)


@pytest.mark.parametrize(
    "derived",
    [
        pytest.param(base64_key(SECRET_KEY.encode()[:32]), id="its first 32 bytes"),
        pytest.param(base64_key(SECRET_KEY.encode()[-32:]), id="its last 32 bytes"),
        pytest.param(base64_key(hashlib.sha256(SECRET_KEY.encode()).digest()), id="sha256"),
        pytest.param(
            base64_key(hashlib.sha256(SECRET_KEY.encode()).hexdigest()[:32].encode()),
            id="sha256 in hex",
        ),
        pytest.param(
            base64_key(base64_key(SECRET_KEY.encode())[:32].encode()), id="twice in base64"
        ),
    ],
)
def test_s03_a_key_made_from_the_secret_key_is_refused(derived):
    message = refused(f"{FIRST},{derived}")

    assert message == "FERNET_KEYS: key 2 of 2 is made from SECRET_KEY; make one of its own"


def test_s03_a_key_that_is_the_secret_key_is_refused():
    message = refused(FIRST, secret_key=FIRST)

    assert message == "FERNET_KEYS: key 1 of 1 is made from SECRET_KEY; make one of its own"


def test_a_key_given_twice_is_refused_in_either_spelling():
    twice = f"{FIRST},{SECOND},{FIRST.replace('SE=', 'SF=')}"

    assert refused(twice) == "FERNET_KEYS: key 3 of 3 is the same as key 1"


def test_s02_no_secret_key_is_refused():
    with pytest.raises(ConfigurationError, match=r"^SECRET_KEY: is not set"):
        keys.check_secret_key(" \n")


def test_s03_a_short_secret_key_is_refused_without_showing_it():
    with pytest.raises(ConfigurationError) as error:
        keys.check_secret_key("short-canary")

    assert str(error.value) == "SECRET_KEY: has 12 characters and needs 50 or more"


def test_a_good_secret_key_comes_back_without_its_line_end():
    assert keys.check_secret_key(SECRET_KEY + "\n") == SECRET_KEY


def test_key_ids_are_eight_hex_digits_that_tell_keys_apart():
    assert re.fullmatch("[0-9a-f]{8}", keys.key_id(FIRST))
    assert keys.key_id(FIRST) == keys.key_id(FIRST)
    assert keys.key_id(FIRST) != keys.key_id(SECOND)


def test_made_keys_are_good_and_for_this_user_alone(tmp_path):
    home = Home(tmp_path / "state")

    assert keys.make_keys(home) == [home.secret_key, home.fernet_keys]

    made = keys.read_keys(home)
    secret_key = keys.check_secret_key(made["SECRET_KEY"])
    assert len(keys.parse_fernet_keys(made["FERNET_KEYS"], secret_key)) == 1
    assert stat.S_IMODE(home.secret_key.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.fernet_keys.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.keys.stat().st_mode) == 0o700
    assert sorted(path.name for path in home.keys.iterdir()) == ["fernet_keys", "secret_key"]


def test_keys_that_are_there_are_never_made_again(tmp_path):
    home = Home(tmp_path).create()
    home.fernet_keys.write_text(FIRST)

    assert keys.make_keys(home) == [home.secret_key]
    assert keys.make_keys(home) == []
    assert home.fernet_keys.read_text() == FIRST


def test_a_process_that_comes_second_keeps_the_keys_of_the_first(tmp_path, monkeypatch):
    home = Home(tmp_path).create()

    def another_process_is_quicker():
        home.fernet_keys.write_text(FIRST)
        return SECOND

    monkeypatch.setattr(keys, "new_fernet_key", another_process_is_quicker)

    assert keys.make_keys(home) == [home.secret_key]
    assert home.fernet_keys.read_text() == FIRST
    assert sorted(path.name for path in home.keys.iterdir()) == ["fernet_keys", "secret_key"]


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    makers = [
        context.Process(target=make_keys_in, args=(tmp_path / "state", barrier)) for _ in range(3)
    ]

    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join(timeout=60)

    assert [maker.exitcode for maker in makers] == [0, 0, 0]
    made = keys.read_keys(Home(tmp_path / "state"))
    assert len(keys.parse_fernet_keys(made["FERNET_KEYS"], made["SECRET_KEY"])) == 1
    assert len(list((tmp_path / "state" / "keys").iterdir())) == 2


def test_the_embedded_mode_is_prepared_with_keys(tmp_path):
    home = Home(tmp_path / "state")

    keys.prepare(home, {})

    assert set(keys.read_keys(home)) == {"SECRET_KEY", "FERNET_KEYS"}


def test_s02_production_is_prepared_without_keys(tmp_path):
    home = Home(tmp_path / "state")

    keys.prepare(home, {"STOREROOM_MODE": "production"})

    assert home.broker.is_dir()
    assert keys.read_keys(home) == {}


def test_an_unreadable_key_file_names_the_variable_and_the_file(tmp_path):
    home = Home(tmp_path).create()
    home.fernet_keys.mkdir()

    with pytest.raises(ConfigurationError) as error:
        keys.read_keys(home)

    assert str(error.value) == f"FERNET_KEYS: cannot read {home.fernet_keys} (Is a directory)"


def test_a_key_file_of_other_bytes_is_refused_without_showing_them(tmp_path):
    file = tmp_path / "secret_key"
    file.write_bytes(b"\xff\xfecanary")

    with pytest.raises(ConfigurationError) as error:
        keys.read_key_file(file, "SECRET_KEY")

    assert str(error.value) == f"SECRET_KEY: {file} holds no key but other bytes"


@pytest.mark.parametrize(
    ("new_key", "length"), [(keys.new_fernet_key, 44), (keys.new_secret_key, 67)]
)
def test_new_keys_differ(new_key, length):
    assert new_key() != new_key()
    assert len(new_key()) == length
