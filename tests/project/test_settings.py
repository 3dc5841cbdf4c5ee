"""What a process makes of its environment before it does anything else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SECRET_KEY = "only-for-these-tests-a-key-of-more-than-fifty-signs-0123456789"
FERNET_KEY = "c3RvcmVyb29tIHRlc3RzOiBub3QgdXNlZCBhbnl3aC4="
SAMPLE = "U3RvcmVyb29tIFJFQURNRSBzYW1wbGU6IG5vdCB1c2U="
PRODUCTION = {
    "STOREROOM_MODE": "production",
    "SECRET_KEY": SECRET_KEY,
    "FERNET_KEYS": FERNET_KEY,
    "ALLOWED_HOSTS": "storeroom.example",
    "DATABASE_URL": "sqlite://:memory:",
}
EMPTY = {"SECRET_KEY": "", "FERNET_KEYS": ""}
CELERY = ("-m", "celery", "-A", "project")


def run(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in an environment that has these variables and none of the tests' own."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env={**inherited, "STOREROOM_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def value_of(name: str, home: Path, **environment: str) -> str:
    """What a setting is in such an environment, as `repr`; else the words of the refusal."""
    code = f"from project import settings; print(repr(settings.{name}))"
    done = run("-c", code, home=home, **{**PRODUCTION, **environment})
    return (done.stdout or done.stderr).strip()


@pytest.mark.parametrize(
    "arguments",
    [
        ("manage.py", "check", "--deploy"),
        ("manage.py", "migrate"),
        (*CELERY, "worker"),
        (*CELERY, "beat"),
        ("-m", "gunicorn", "--check-config", "project.wsgi"),
    ],
    ids=["check", "migrate", "worker", "clock", "web"],
)
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (
            {"STOREROOM_MODE": "production"} | EMPTY,
            "Storeroom cannot start: SECRET_KEY: is not set",
        ),
        (PRODUCTION | {"FERNET_KEYS": ""}, "Storeroom cannot start: FERNET_KEYS: is not set"),
    ],
    ids=["no key", "no Fernet key"],
)
def test_s02_without_its_keys_nothing_starts(
    arguments: tuple[str, ...], environment: dict[str, str], words: str, tmp_path: Path
) -> None:
    environment = {**environment, "DATABASE_URL": f"sqlite:///{tmp_path}/home/storeroom.sqlite3"}

    done = run(*arguments, home=tmp_path / "home", **environment)

    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1
    assert lines[0].startswith(words)
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            "c3RvcmVyb29tIHRlc3RzOiBub3QgdXNlZCBhbnl3aA==",
            "FERNET_KEYS: key 1 of 1 is not 32 bytes of url-safe base64",
        ),
        ("no key at all", "FERNET_KEYS: key 1 of 1 is not 32 bytes of url-safe base64"),
        (f"{FERNET_KEY},short", "FERNET_KEYS: key 2 of 2 is not 32 bytes of url-safe base64"),
        (SAMPLE, "FERNET_KEYS: key 1 of 1 is the README's sample, which everybody knows"),
    ],
    ids=["31 bytes", "no base64", "second one short", "sample"],
)
def test_s03_a_key_that_cannot_serve_is_named_without_its_value(
    keys: str, words: str, tmp_path: Path
) -> None:
    refusal = value_of("FERNET_KEYS", tmp_path, FERNET_KEYS=keys)

    assert refusal == f"Storeroom cannot start: {words}"


def test_s03_the_secret_key_is_no_fernet_key(tmp_path: Path) -> None:
    both = "c3RvcmVyb29tIHRlc3RzOiBib3RoIGtleXMgZXF1YWw="

    refusal = value_of("FERNET_KEYS", tmp_path, SECRET_KEY=both + "padding", FERNET_KEYS=both)

    assert refusal == (
        "Storeroom cannot start: FERNET_KEYS: key 1 of 1 is made from SECRET_KEY; make one of its"
        " own"
    )


def test_s03_a_short_secret_key_is_refused(tmp_path: Path) -> None:
    refusal = value_of("SECRET_KEY", tmp_path, SECRET_KEY="tooshort")

    assert refusal == ("Storeroom cannot start: SECRET_KEY: has 8 characters and needs 50 or more")


def test_w01_check_deploy_finds_nothing_in_production(tmp_path: Path) -> None:
    done = run(
        "manage.py", "check", "--deploy", "--fail-level", "WARNING", home=tmp_path, **PRODUCTION
    )

    assert done.stderr == ""
    assert done.stdout == "System check identified no issues (0 silenced).\n"
    assert done.returncode == 0


@pytest.mark.parametrize("spelling", ["False", "0", "no", "", "off", " FALSE "])
def test_w01_every_spelling_of_no_turns_debug_off(spelling: str, tmp_path: Path) -> None:
    assert value_of("DEBUG", tmp_path, DEBUG=spelling) == "False"


@pytest.mark.parametrize(
    ("spelling", "refusal"),
    [
        ("true", "Storeroom cannot start: DEBUG is on in production; unset it."),
        ("1", "Storeroom cannot start: DEBUG is on in production; unset it."),
        (
            "nope",
            "Storeroom cannot start: DEBUG is 'nope'; it can be"
            " true, 1, yes, on, false, 0, no, off.",
        ),
    ],
)
def test_w01_debug_in_production_stops_the_start(
    spelling: str, refusal: str, tmp_path: Path
) -> None:
    assert value_of("DEBUG", tmp_path, DEBUG=spelling) == refusal


@pytest.mark.parametrize(
    ("name", "value", "refusal"),
    [
        (
            "STOREROOM_MODE",
            "prod",
            "Storeroom cannot start: STOREROOM_MODE is 'prod'; it can be embedded, production.",
        ),
        (
            "STOREROOM_RUN_LEASE",
            "half a minute",
            "Storeroom cannot start: STOREROOM_RUN_LEASE is not understood (wanted: int).",
        ),
        (
            "LOG_LEVEL",
            "loud",
            "Storeroom cannot start: LOG_LEVEL is 'loud'; it can be debug, info, warning.",
        ),
    ],
)
def test_what_is_not_understood_stops_the_start(
    name: str, value: str, refusal: str, tmp_path: Path
) -> None:
    assert value_of("DEBUG", tmp_path, **{name: value}) == refusal


def test_a_file_may_hold_a_key(tmp_path: Path) -> None:
    file = tmp_path / "fernet_keys"
    file.write_text(f"{FERNET_KEY}\n")
    environment = {"SECRET_KEY": SECRET_KEY, "FERNET_KEYS_FILE": str(file)}

    code = "from project import settings; print(settings.FERNET_KEYS)"
    done = run("-c", code, home=tmp_path, STOREROOM_MODE="production", **environment)

    assert done.stdout == f"['{FERNET_KEY}']\n"


def test_production_generates_nothing(tmp_path: Path) -> None:
    value_of("DEBUG", tmp_path / "home")

    assert not (tmp_path / "home").exists()


def test_production_has_no_local_roots_and_no_hosts_of_its_own(tmp_path: Path) -> None:
    assert value_of("STOREROOM_LOCAL_ROOTS", tmp_path) == "[]"
    assert value_of("ALLOWED_HOSTS", tmp_path, ALLOWED_HOSTS="") == "[]"
    assert value_of("STOREROOM_ALLOW_IMPLICIT", tmp_path) == "False"
