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
DATABASE_REFUSED = (
    "Storeroom cannot start: DATABASE_URL is not understood (wanted: postgres://… or sqlite:///…)."
)
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
    # The one that is silenced wants a backend of django-guardian's: settings.py says why not.
    assert done.stdout == "System check identified no issues (1 silenced).\n"
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
        ("DATABASE_URL", "nonsense", DATABASE_REFUSED),
        ("DATABASE_URL", "mysql2://", DATABASE_REFUSED),
        ("DATABASE_URL", "mysql://user:password@host/name", DATABASE_REFUSED),
        ("DATABASE_URL", "postgres://user:password@host:port/name", DATABASE_REFUSED),
        ("DATABASE_URL", "sqlite://not-three-strokes", DATABASE_REFUSED),
        (
            "DATABASE_URL",
            "postgres://user:password@host",
            "Storeroom cannot start: DATABASE_URL names no database"
            " (wanted: postgres://user:password@host/name).",
        ),
        (
            "TIME_ZONE",
            "Mars/Olympus",
            "Storeroom cannot start: TIME_ZONE is 'Mars/Olympus'; it has to be a time zone's name,"
            " such as Europe/Berlin.",
        ),
        (
            "TIME_ZONE",
            "Europe",
            "Storeroom cannot start: TIME_ZONE is 'Europe'; it has to be a time zone's name,"
            " such as Europe/Berlin.",
        ),
        (
            "STOREROOM_RUN_LEASE",
            "-5",
            "Storeroom cannot start: STOREROOM_RUN_LEASE is -5; it has to be 1 or more.",
        ),
        (
            "STOREROOM_RUN_LEASE",
            "10",
            "Storeroom cannot start: STOREROOM_RUN_LEASE is 10 and STOREROOM_RUN_HEARTBEAT 10; the"
            " lease has to be longer, or workers take runs from each other.",
        ),
        (
            "STOREROOM_RUN_TICK",
            "0",
            "Storeroom cannot start: STOREROOM_RUN_TICK is 0; it has to be 1 or more.",
        ),
        (
            "STOREROOM_WORKER_THREADS",
            "0",
            "Storeroom cannot start: STOREROOM_WORKER_THREADS is 0; it has to be 1 or more.",
        ),
        (
            "STOREROOM_HSTS_SECONDS",
            "-1",
            "Storeroom cannot start: STOREROOM_HSTS_SECONDS is -1; it has to be 0 or more.",
        ),
        (
            "CELERY_BROKER_URL",
            "rabbit",
            "Storeroom cannot start: CELERY_BROKER_URL is not understood (wanted: scheme://…, such"
            " as redis://host/0).",
        ),
        (
            "CSRF_TRUSTED_ORIGINS",
            "storeroom.example",
            "Storeroom cannot start: CSRF_TRUSTED_ORIGINS is not understood (wanted: https://host,"
            " separated by commas).",
        ),
        (
            "STOREROOM_USER_FILE",
            "/no/such/file",
            "Storeroom cannot start: STOREROOM_USER_FILE: cannot read the file (No such file or"
            " directory)",
        ),
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
            "STOREROOM_ALLOW_HOSTS",
            "10.1.2.3/16, ok.example, https://host, host:0",
            "Storeroom cannot start: STOREROOM_ALLOW_HOSTS: `10.1.2.3/16` is no range of"
            " addresses; `10.1.0.0/16` is.\n"
            "STOREROOM_ALLOW_HOSTS: `https://host` is an address of the web; write its host, and"
            " its port where it matters.\n"
            "STOREROOM_ALLOW_HOSTS: `host:0` has no port after its colon; ports go from 1 to"
            " 65535.",
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

    found = value_of("FERNET_KEYS", tmp_path, FERNET_KEYS="", FERNET_KEYS_FILE=str(file))

    assert found == f"['{FERNET_KEY}']"


def test_a_file_may_hold_the_database(tmp_path: Path) -> None:
    file = tmp_path / "database"
    file.write_text("postgres://ada:password@host/storeroom\n")

    assert value_of("DATABASES['default']['NAME']", tmp_path, DATABASE_URL_FILE=str(file)) == (
        "'storeroom'"
    )


def test_what_is_empty_means_the_default(tmp_path: Path) -> None:
    database = value_of("DATABASES['default']['NAME']", tmp_path, DATABASE_URL="")

    assert database == f"'{tmp_path}/storeroom.sqlite3'"
    assert value_of("TIME_ZONE", tmp_path, TIME_ZONE="") == "'UTC'"
    assert value_of("RUN_LEASE", tmp_path, STOREROOM_RUN_LEASE="") == "30"


@pytest.mark.parametrize(
    "url",
    [
        "filesystem://localhost//",
        "redis://host/0",
        "rediss://host/0",
        "redis+socket:///run/redis",
        "amqp://host",
        "amqps://host",
    ],
)
def test_a_broker_may_be_of_any_kind_that_celery_has(url: str, tmp_path: Path) -> None:
    assert value_of("CELERY_BROKER_URL", tmp_path, CELERY_BROKER_URL=url) == repr(url)


def test_the_keys_are_made_in_the_home_that_a_file_names(tmp_path: Path) -> None:
    file = tmp_path / "home_file"
    file.write_text(f"{tmp_path}/named\n")

    done = run("manage.py", "up", "--help", home=tmp_path / "other", STOREROOM_HOME_FILE=str(file))

    assert done.returncode == 0, done.stderr
    made = [path.name for path in (tmp_path / "named" / "keys").iterdir()]
    assert sorted(made) == ["fernet_keys", "secret_key"]
    assert not (tmp_path / "other").exists()


def test_s02_no_keys_are_made_for_the_production_that_a_file_names(tmp_path: Path) -> None:
    file = tmp_path / "mode_file"
    file.write_text("production\n")

    done = run("manage.py", "up", "--help", home=tmp_path / "home", STOREROOM_MODE_FILE=str(file))

    assert done.returncode == 1
    assert done.stderr.startswith("Storeroom cannot start: SECRET_KEY: is not set")
    assert list((tmp_path / "home" / "keys").iterdir()) == []


def test_up_says_in_one_line_which_file_it_cannot_read(tmp_path: Path) -> None:
    done = run("manage.py", "up", home=tmp_path, STOREROOM_MODE_FILE="/no/such/file")

    assert done.returncode == 1
    assert done.stderr == (
        "Storeroom cannot start: STOREROOM_MODE_FILE: cannot read the file (No such file or"
        " directory)\n"
    )


def address_of(home: Path, forwarded: str | None, **environment: str) -> str:
    """Which address is counted with a failed sign-in, when the proxy's is 127.0.0.1."""
    code = (
        "import django; django.setup()\n"
        "from axes.helpers import get_client_ip_address\n"
        "from django.test import RequestFactory\n"
        f"forwarded = {forwarded!r}\n"
        "headers = {'x-forwarded-for': forwarded} if forwarded else {}\n"
        "print(get_client_ip_address(RequestFactory(headers=headers).get('/')))\n"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "project.settings", **PRODUCTION, **environment}
    done = run("-c", code, home=home, **environment)
    return (done.stdout or done.stderr).strip()


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("10.0.0.8", "10.0.0.8"),
        ("8.8.8.8, 203.0.113.7", "203.0.113.7"),
        ("nonsense, 203.0.113.7", "203.0.113.7"),
        (None, "127.0.0.1"),
    ],
    ids=["one", "private", "forged", "no address", "no header"],
)
def test_behind_a_proxy_sign_ins_are_counted_for_whom_the_proxy_saw(
    forwarded: str | None, address: str, tmp_path: Path
) -> None:
    assert address_of(tmp_path, forwarded, STOREROOM_BEHIND_PROXY="true") == address


def test_without_a_proxy_nobody_chooses_the_address_that_is_counted(tmp_path: Path) -> None:
    assert address_of(tmp_path, "203.0.113.7") == "127.0.0.1"


def test_production_generates_nothing(tmp_path: Path) -> None:
    value_of("DEBUG", tmp_path / "home")

    assert not (tmp_path / "home").exists()


def test_production_without_host_names_does_not_start(tmp_path: Path) -> None:
    assert value_of("DEBUG", tmp_path, ALLOWED_HOSTS="") == (
        "Storeroom cannot start: ALLOWED_HOSTS: is not set; production needs the host names that"
        " it answers to"
    )


def test_host_names_may_have_blanks_between_them(tmp_path: Path) -> None:
    assert value_of("ALLOWED_HOSTS", tmp_path, ALLOWED_HOSTS="a.example, b.example,") == (
        "['a.example', 'b.example']"
    )


def test_production_has_no_local_roots_of_its_own(tmp_path: Path) -> None:
    assert value_of("STOREROOM_LOCAL_ROOTS", tmp_path) == "[]"
    assert value_of("STOREROOM_ALLOW_IMPLICIT", tmp_path) == "False"


def test_w27_nothing_private_may_be_called_unless_the_operator_names_it(tmp_path: Path) -> None:
    assert value_of("STOREROOM_ALLOW_HOSTS", tmp_path) == "[]"
    assert value_of(
        "STOREROOM_ALLOW_HOSTS", tmp_path, STOREROOM_ALLOW_HOSTS=".corp.example, host:81"
    ) == (
        "[AllowedHost(name='.corp.example', network=None, port=None),"
        " AllowedHost(name='host', network=None, port=81)]"
    )


def test_every_process_may_call_the_azurite_of_a_running_up(tmp_path: Path) -> None:
    (tmp_path / "up_hosts").write_text("127.0.0.1:10123\n")

    assert value_of("STOREROOM_ALLOW_HOSTS", tmp_path) == (
        "[AllowedHost(name='', network=IPv4Network('127.0.0.1/32'), port=10123)]"
    )


@pytest.mark.parametrize(
    ("root", "own"),
    [("/", "keys"), ("{home}", "keys"), ("{home}/..", "keys"), ("{home}/broker/x", "broker")],
)
def test_w33_no_root_opens_our_own_files(root: str, own: str, tmp_path: Path) -> None:
    root = root.replace("{home}", str(tmp_path))

    assert value_of("HOME", tmp_path, STOREROOM_LOCAL_ROOTS=root) == (
        f"Storeroom cannot start: STOREROOM_LOCAL_ROOTS: `{root}` would open Storeroom's own"
        f" `{tmp_path / own}` to stores."
    )


def test_w33_a_root_is_absolute(tmp_path: Path) -> None:
    assert value_of("HOME", tmp_path, STOREROOM_LOCAL_ROOTS="artifacts") == (
        "Storeroom cannot start: STOREROOM_LOCAL_ROOTS: `artifacts` is no absolute path."
    )


def test_w33_the_samples_own_files_are_beneath_no_root(tmp_path: Path) -> None:
    """Beside its artifacts lie the embedded Azure's key and the program that `up` runs."""
    embedded = {"STOREROOM_MODE": "embedded"}

    assert value_of("STOREROOM_LOCAL_ROOTS", tmp_path, **embedded) == (
        f"['{tmp_path}/local_stores', '{tmp_path}/sample/artifacts']"
    )


def test_mail_goes_where_its_address_says(tmp_path: Path) -> None:
    url = "smtp+tls://ada:p%40ss@mail.example:587"

    names = ("MAIL_IS_SENT", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS")
    values = [value_of(name, tmp_path, EMAIL_URL=url) for name in names]

    assert values == ["True", "'mail.example'", "587", "'p@ss'", "True"]


def test_without_an_address_no_mail_is_sent(tmp_path: Path) -> None:
    values = [value_of(name, tmp_path) for name in ("MAIL_IS_SENT", "EMAIL_BACKEND")]

    assert values == ["False", "'django.core.mail.backends.dummy.EmailBackend'"]


@pytest.mark.parametrize(
    "url", ["mail.example", "http://ada:hunter2@mail.example", "smtp://ada:hunter2@mail:port"]
)
def test_an_address_of_mail_that_is_not_understood_is_not_repeated(
    url: str, tmp_path: Path
) -> None:
    refusal = value_of("MAIL_IS_SENT", tmp_path, EMAIL_URL=url)

    assert refusal == (
        "Storeroom cannot start: EMAIL_URL is not understood (wanted:"
        " smtp+tls://user:password@host:587)."
    )
