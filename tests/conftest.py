"""What many tests use: people, real servers, and a rule that nothing is left out in CI."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User

from project.celery import app
from tests.support.azurite import Azurite, AzuriteMissing
from tests.support.servers import Process, redis_server, start_worker


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A file in the place of SQLite's memory, so that real workers see the same rows."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(django_settings.HOME.path / "tests.sqlite3")


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


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["filesystem", "redis"])
def broker_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Each broker in turn: the embedded one, and a Redis."""
    yield from use_broker(request.param, request)


@pytest.fixture
def embedded_broker(request: pytest.FixtureRequest) -> Iterator[str]:
    """The embedded broker."""
    yield from use_broker("filesystem", request)


def use_broker(kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Let this process send through the broker; afterwards it is empty."""
    before = app.conf.broker_url, app.conf.broker_transport_options
    if kind == "redis":
        app.conf.broker_url = request.getfixturevalue("redis_url")
        app.conf.broker_transport_options = {}
    app.pool.force_close_all()
    app.__dict__.pop("pool", None)
    app.amqp.__dict__.pop("_producer_pool", None)
    django_settings.HOME.create()
    yield app.conf.broker_url
    with app.connection_for_write() as connection:
        for queue in ("checks", "transfers"):
            connection.default_channel.queue_purge(queue)
    app.conf.broker_url, app.conf.broker_transport_options = before
    app.__dict__.pop("pool", None)
    app.amqp.__dict__.pop("_producer_pool", None)


@pytest.fixture
def workers(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """A function that starts a real worker; all are stopped at the end."""
    started: list[Process] = []

    def start(broker_url: str, **environment: str) -> Process:
        worker = start_worker(tmp_path / f"worker{len(started)}.log", broker_url, **environment)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.stop()
