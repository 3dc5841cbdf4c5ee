"""What many tests use: people, real servers, and a rule that nothing is left out in CI."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from kombu import pools
from pytest_django.fixtures import Settings

from project.celery import app
from project.history import act_as
from secrets_app import redaction
from secrets_app.redaction.hidden import HiddenValues
from tests.support.azurite import Azurite, AzuriteMissing
from tests.support.entra import Certificate, Entra, Machine
from tests.support.gcs import GcsServer
from tests.support.s3 import S3Server
from tests.support.servers import (
    Broker,
    FolderBroker,
    Process,
    RedisBroker,
    redis_server,
    start_clock,
    start_worker,
)
from tests.support.serving import free_port
from tests.support.surroundings import Surroundings
from tests.support.vault import Vault


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """A file in the place of SQLite's memory, so that real workers see the same rows; one in the
    home of each process that runs tests."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(django_settings.HOME.path / "tests.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def fast_passwords() -> None:
    """Passwords are hashed at once: the usual way is slow on purpose."""
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def static_files_on_demand() -> None:
    """A static file is looked for when it is asked for. The usual way looks at all of them for
    each of the many browsers that tests open."""
    django_settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def forget_hidden_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test reveals is not hidden in the words that another one compares."""
    monkeypatch.setattr(redaction, "_hidden", HiddenValues(limit=1000))


@pytest.fixture(autouse=True)
def forget_who_acts() -> None:
    """Whom one test's command ran as makes no change in the next."""
    act_as(None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    """In CI a skipped test is a failed one: it hides a missing part."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.fixture
def admin_user(db: None) -> User:
    """A superuser."""
    return User.objects.create_superuser("ada", "ada@example.com", "correct horse battery")


@pytest.fixture
def person(db: None) -> User:
    """Somebody who may sign in and owns nothing yet."""
    return User.objects.create_user("bea", password="correct horse battery", is_staff=True)


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody else."""
    return User.objects.create_user("carl", password="correct horse battery", is_staff=True)


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """Azurite, the Azure of these tests."""
    try:
        server = Azurite()
    except AzuriteMissing as missing:
        pytest.skip(str(missing))
    with server:
        yield server


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Vault]:
    """Microsoft Entra and a key vault, both of which this process finds and trusts."""
    with Vault() as vault:
        for name, value in vault.environment().items():
            monkeypatch.setenv(name, value)
        settings.STOREROOM_TOKEN_HOSTS = [vault.host]
        yield vault


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """A server that speaks S3's protocol."""
    with S3Server() as server:
        yield server


@pytest.fixture(scope="session")
def gcs_server() -> Iterator[GcsServer]:
    """A stand-in for Google Cloud Storage."""
    with GcsServer() as server:
        yield server


@pytest.fixture
def gcs(gcs_server: GcsServer, settings: Settings) -> GcsServer:
    """The same, among the hosts that may be sent tokens."""
    settings.STOREROOM_TOKEN_HOSTS = [gcs_server.host]
    return gcs_server


@pytest.fixture(scope="session")
def certificate() -> Certificate:
    """What the secure stand-ins show, and what tests trust."""
    return Certificate()


@pytest.fixture(scope="session")
def secure_azurite(certificate: Certificate) -> Iterator[Azurite]:
    """Azurite over TLS, which takes tokens of Microsoft Entra."""
    try:
        server = Azurite(certificate)
    except AzuriteMissing as missing:
        pytest.skip(str(missing))
    with server:
        yield server


@pytest.fixture
def entra(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[Entra]:
    """A Microsoft Entra that this process asks, and trusts."""
    with Entra(certificate) as server:
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", server.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_file)
        settings.STOREROOM_TOKEN_HOSTS = [server.host]
        yield server


@pytest.fixture
def surroundings(
    secure_azurite: Azurite,
    entra: Entra,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    tmp_path: Path,
) -> Iterator[Surroundings]:
    """A process that may use what surrounds it, and send tokens to the emulator."""
    settings.STOREROOM_ALLOW_IMPLICIT = True
    settings.STOREROOM_TOKEN_HOSTS = [entra.host, secure_azurite.host]
    folder = tmp_path / "surroundings"
    folder.mkdir()
    with Machine() as machine:
        yield Surroundings(secure_azurite, machine, monkeypatch, folder)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["filesystem", "redis"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Each broker in turn: the embedded one, and a Redis."""
    if request.param == "redis":
        yield from sending_through(RedisBroker(request.getfixturevalue("redis_url")))
    else:
        yield from sending_through(the_embedded_broker())


@pytest.fixture
def embedded_broker() -> Iterator[Broker]:
    """The embedded broker."""
    yield from sending_through(the_embedded_broker())


def the_embedded_broker() -> FolderBroker:
    """As the settings have it, where no other is named."""
    return FolderBroker(django_settings.CELERY_BROKER_URL, django_settings.HOME.broker)


@pytest.fixture
def silent_broker(embedded_broker: Broker) -> Broker:
    """The embedded broker for workers, while this process sends to where nobody answers."""
    change_broker(f"redis://127.0.0.1:{free_port()}/0", {})
    return embedded_broker


def sending_through(broker: Broker) -> Iterator[Broker]:
    """Let this process send through the broker; afterwards it is empty."""
    url, options = app.conf.broker_url, app.conf.broker_transport_options
    django_settings.HOME.create()
    change_broker(broker.url, options if broker.url == url else {})
    yield broker
    change_broker(url, options)
    broker.empty()
    broker.close()


def change_broker(url: str, options: dict[str, Any]) -> None:
    """Kombu's pools hold the open connections; Celery keeps two of the pools, and forgets them
    as it does in a forked process."""
    app.conf.broker_url, app.conf.broker_transport_options = url, options
    pools.reset()
    app._after_fork()


@pytest.fixture
def workers(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """A function that starts a real worker; all are killed at the end."""
    yield from starting(start_worker, tmp_path, "worker")


@pytest.fixture
def clocks(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """A function that starts a real clock; all are killed at the end."""
    yield from starting(start_clock, tmp_path, "clock")


def starting(
    begin: Callable[..., Process], folder: Path, name: str
) -> Iterator[Callable[..., Process]]:
    """A function that starts processes, each with a log of its own."""
    started: list[Process] = []

    def start(broker: Broker, **options: Any) -> Process:
        started.append(begin(folder / f"{name}{len(started)}.log", broker.url, **options))
        return started[-1]

    yield start
    for process in started:
        process.kill()
