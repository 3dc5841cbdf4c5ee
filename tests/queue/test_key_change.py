"""S06: the keys are changed while web, worker and a third process read and write secrets."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.test import Client

from project.keys import key_id
from secrets_app import rotation
from secrets_app.models import Secret, SecretsManager
from stores import dispatch
from stores.models import Check, Resealing, Store
from tests.support.azurite import Azurite
from tests.support.pages import collect_static
from tests.support.servers import Broker, Process, start_worker, wait_until
from tests.support.serving import free_port

pytestmark = [pytest.mark.queue, pytest.mark.django_db(transaction=True)]

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
# Reads and writes, through the models and over HTTP, until it is told to end; then its counts.
LOOP = """
import json, re, signal, sys, uuid
import django, requests
django.setup()
from secrets_app.models import Secret
address, session = sys.argv[1:]
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
counts = {"reads": 0, "writes": 0, "failures": []}
web = requests.Session()
def token(page):
    return re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
def expect(what, good):
    if not good:
        counts["failures"].append(what)
def show(address):
    page = web.get(address)
    good = page.status_code == 200 and "cannot be decrypted" not in page.text.casefold()
    expect(f"{address} {page.status_code}", good)
    return page
web.cookies.set("sessionid", session)
by_model, by_http = Secret.objects.get(name="by_model"), Secret.objects.get(name="by_http")
form = f"{address}/secrets_app/secret/{by_http.pk}/change/"
while not ended:
    try:
        for secret in Secret.objects.filter(name__startswith="kept"):
            expect(f"read {secret}", secret.reveal()["token"] == f"value of {secret}")
            counts["reads"] += 1
        fresh = {"token": uuid.uuid4().hex}
        by_model.replace(fresh)
        counts["writes"] += 1
        kept = {"user": "kept in every version"}
        expect("read back", Secret.objects.get(pk=by_model.pk).reveal() == fresh | kept)
        show(f"{address}/secrets_app/secret/")
        show(f"{address}/secrets/secret/{by_http.pk}/overview/")
        page = show(form)
        counts["reads"] += 4
        fields = {"name": "by_http", "schema": "arbitrary", "manager": by_http.manager_id,
                  "pairs": f"token={fresh['token']}", "_now": "1",
                  "csrfmiddlewaretoken": token(page)}
        saved = web.post(form, fields, allow_redirects=False)
        expect(f"save {saved.status_code}", saved.status_code == 302)
        expect("saved", Secret.objects.get(pk=by_http.pk).reveal() == fresh | kept)
        counts["writes"] += 1
    except Exception as error:
        counts["failures"].append(repr(error))
    print("round", flush=True)
print("counts " + json.dumps(counts), flush=True)
"""


class House:
    """Web, worker and the loop beside them; each reads its keys from one file when it starts."""

    def __init__(self, folder: Path, broker: Broker, session: str) -> None:
        self._folder = folder
        self._broker = broker
        self._session = session
        self._keys = folder / "keys"
        self._started: list[Process] = []
        self.counts: list[dict[str, Any]] = []
        self.address = f"http://127.0.0.1:{free_port()}"

    def start(self, *keys: str) -> None:
        """Start all three with these keys."""
        self._keys.write_text(",".join(keys))
        self.web = self._process(
            *("-m", "gunicorn", "project.wsgi", "-c", "python:project.gunicorn_config"),
            *("-b", self.address.removeprefix("http://"), "--log-level", "info"),
        )
        wait_until(self._answers)
        self._start_worker()
        self._start_loop()

    def change(self, *keys: str) -> None:
        """Restart one after the other with these keys, each while the loop goes on."""
        self._keys.write_text(",".join(keys))
        before = self.web.log.read_text().count("Booting worker")
        self.web.popen.send_signal(signal.SIGHUP)
        wait_until(lambda: self.web.log.read_text().count("Booting worker") > before)
        self._rounds()
        old = self.worker
        self._start_worker()
        old.stop()
        self._rounds()
        self.stop_loop()
        self._start_loop()

    def stop_loop(self) -> None:
        """End the loop and keep its counts."""
        self._rounds()
        self.loop.popen.send_signal(signal.SIGTERM)
        self.loop.popen.wait(120)
        last = self.loop.log.read_text().strip().splitlines()[-1]
        self.counts.append(json.loads(last.removeprefix("counts ")))

    def stop(self) -> None:
        """End all that runs."""
        for process in self._started:
            process.kill()

    def _rounds(self, count: int = 2) -> None:
        """Until the loop has gone round so many times more."""
        before = self.loop.log.read_text().count("round")
        wait_until(lambda: self.loop.log.read_text().count("round") >= before + count)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.address}/healthz", timeout=60).status_code == 200
        except requests.ConnectionError:
            return False

    def _start_worker(self) -> None:
        log = self._folder / f"worker{len(self._started)}.log"
        self.worker = start_worker(log, self._broker.url, FERNET_KEYS_FILE=str(self._keys))
        self._started.append(self.worker)

    def _start_loop(self) -> None:
        self.loop = self._process("-c", LOOP, self.address, self._session)
        self._rounds(1)

    def _process(self, *arguments: str) -> Process:
        process = Process(
            *arguments,
            log=self._folder / f"process{len(self._started)}.log",
            FERNET_KEYS_FILE=str(self._keys),
            CELERY_BROKER_URL=self._broker.url,
            DJANGO_SETTINGS_MODULE="project.settings",
        )
        self._started.append(process)
        return process


@pytest.fixture
def house(
    tmp_path: Path, embedded_broker: Broker, owner: User, client: Client, settings: Any
) -> Iterator[House]:
    """A house with secrets that the old key sealed."""
    settings.FERNET_KEYS = [OLD]
    manager = SecretsManager.objects.built_in()
    for name in ("by_model", "by_http", "kept 1", "kept 2", "kept 3"):
        secret = Secret.objects.create(name=name, owner=owner, manager=manager, schema="arbitrary")
        secret.replace({"token": f"value of {name}", "user": "kept in every version"})
    collect_static()
    client.force_login(owner)
    house = House(tmp_path, embedded_broker, client.cookies["sessionid"].value)
    try:
        house.start(OLD)
        yield house
    finally:
        house.stop()


def test_s06_the_keys_are_changed_without_one_failed_read_or_write(
    house: House, azure_store: Any, azurite: Azurite, owner: User, settings: Any
) -> None:
    store: Store = azure_store("watched")

    def checked() -> str:
        """The verdict of a check by the worker that runs now."""
        check = dispatch.check(store, by=owner)
        wait_until(lambda: Check.objects.filter(pk=check.pk, status="done").exists())
        return str(Check.objects.get(pk=check.pk).verdict)

    verdicts = [checked()]
    house.change(OLD, NEW)
    verdicts.append(checked())
    house.change(NEW, OLD)
    verdicts.append(checked())
    resealing = dispatch.reseal(Resealing.Kind.ROTATE, by=owner)
    wait_until(lambda: Resealing.objects.filter(pk=resealing.pk, status="done").exists())
    verdicts.append(checked())
    settings.FERNET_KEYS = [NEW, OLD]
    idle = rotation.idle_keys(rotation.rows_by_key())
    house.change(NEW)
    verdicts.append(checked())
    house.stop_loop()

    resealing.refresh_from_db()
    assert [count["failures"] for count in house.counts] == [[]] * 4
    assert all(count["reads"] > 10 and count["writes"] > 3 for count in house.counts)
    assert verdicts == ["healthy"] * 5
    assert idle == [key_id(OLD)]
    assert resealing.resealed > 0
    settings.FERNET_KEYS = [NEW]
    assert rotation.verify().unreadable == []
