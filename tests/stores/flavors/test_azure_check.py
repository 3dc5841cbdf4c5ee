"""Whole checks of Azure stores against Azurite: what each way to sign in proves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import (
    ContainerSasPermissions,
    LinearRetry,
    generate_container_sas,
)

from stores.connectivity import probe, verdict
from stores.flavors.azure import AzureFlavor
from stores.flavors.base import Backend, SignIn
from stores.steps import Step
from tests.support.azurite import Azurite
from tests.support.fault_proxy import Fault, FaultProxy

NAME = ".storeroom/probe-7"
flavor = AzureFlavor()


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LinearRetry, "get_backoff_time", lambda self, settings: 0)


@pytest.fixture
def container(azurite: Azurite) -> str:
    return azurite.make_container(f"c{uuid.uuid4().hex}")


@pytest.fixture
def proxy(azurite: Azurite) -> Iterator[FaultProxy]:
    with FaultProxy(azurite.port) as running:
        yield running


class Probed:
    """A store with these values to sign in with."""

    def __init__(self, azurite: Azurite, container: str, port: int, **values: str) -> None:
        self.path = f"az://{container}/team"
        self.configuration = {"account_url": f"http://127.0.0.1:{port}/{azurite.account}"}
        self.values = values or {"account_key": azurite.key}

    def check_settings(self) -> str:
        return flavor.check_settings(self.path, self.configuration, SignIn.FROM_SECRET)

    def read_secret(self) -> tuple[dict[str, str], str]:
        return self.values, "Read."

    def open(self, values: Mapping[str, str], timeout: float) -> Backend:
        return flavor.open(
            self.path, self.configuration, SignIn.FROM_SECRET, values, timeout=timeout
        )


def token(azurite: Azurite, container: str, letters: str) -> str:
    return generate_container_sas(
        azurite.account,
        container,
        account_key=azurite.key,
        permission=ContainerSasPermissions.from_string(letters),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )


def check(azurite: Azurite, container: str, port: int, **values: str) -> dict[str, Step]:
    steps = list(probe(Probed(azurite, container, port, **values), NAME, 20))
    return {step.name: step for step in steps}


def names(azurite: Azurite, container: str) -> list[str]:
    store = Probed(azurite, container, azurite.port)
    with store.open(store.values, 5) as backend:
        return [artifact.name for artifact in backend.list()]


def test_a_key_may_do_everything_and_leaves_nothing(azurite: Azurite, container: str) -> None:
    steps = check(azurite, container, azurite.port)

    assert [f"{name} {step.mark}" for name, step in steps.items()] == [
        "settings ok",
        "secret ok",
        "name ok",
        "connect ok",
        "identity ok",
        "container ok",
        "list ok",
        "write ok",
        "read ok",
        "extras ok",
        "delete ok",
    ]
    assert steps["container"].words == f"`{container}` exists; public access is off."
    assert steps["extras"].words == "Tags: allowed; Access tier: allowed; Share links: allowed."
    assert steps["connect"].facts == {"peer": "127.0.0.1"}
    assert steps["name"].facts["addresses"] == "127.0.0.1"
    assert steps["name"].facts["signed_with"] == "key"
    assert steps["name"].facts["sdk"].startswith("azure-storage-blob 12.")
    assert names(azurite, container) == []


def test_a45_a_sas_that_reads_and_lists_is_degraded(azurite: Azurite, container: str) -> None:
    sas = token(azurite, container, "rl")

    steps = check(azurite, container, azurite.port, sas_token=sas)

    assert steps["container"].mark == "unknown"
    assert [steps["list"].mark, steps["write"].mark] == ["ok", "failed"]
    assert steps["delete"].words == "Skipped because step “Write” failed."
    assert steps["write"].reason == "sas_permission"
    assert "--permissions rwl" in steps["write"].command
    assert verdict(list(steps.values()))[0] == "degraded"


def test_a45_a_sas_that_may_not_list_still_shows_what_it_may(
    azurite: Azurite, container: str
) -> None:
    sas = token(azurite, container, "rwd")

    steps = check(azurite, container, azurite.port, sas_token=sas)

    assert steps["list"].mark == "failed"
    assert steps["read"].words == f"Read 1 byte of `{NAME}`."
    assert [steps[name].mark for name in ("write", "read", "delete")] == ["ok", "ok", "ok"]
    assert [part.mark for part in steps["extras"].parts] == ["failed", "ok", "failed"]
    assert steps["extras"].parts[0].code == "AuthorizationPermissionMismatch"
    assert names(azurite, container) == []


def test_a45_a_sas_that_may_not_delete_leaves_the_one_name_and_says_so(
    azurite: Azurite, container: str
) -> None:
    sas = token(azurite, container, "rwl")

    first = check(azurite, container, azurite.port, sas_token=sas)
    second = check(azurite, container, azurite.port, sas_token=sas)

    assert first["delete"].words.endswith("stays; the next check uses it again.")
    assert [part.mark for part in first["write"].parts] == ["ok", "ok"]
    assert [part.mark for part in second["write"].parts] == ["skipped", "ok"]
    assert names(azurite, container) == [NAME]


def test_a34_a_missing_container_fails_at_that_step(azurite: Azurite) -> None:
    steps = check(azurite, "nowhere", azurite.port)

    assert (steps["container"].mark, steps["container"].reason) == ("failed", "container_missing")
    assert steps["container"].command.startswith("az storage container create --name nowhere")
    assert steps["list"].words == "Skipped because step “Container” failed."


def test_a08_a_wrong_key_fails_before_anything_is_listed(azurite: Azurite, container: str) -> None:
    steps = check(azurite, container, azurite.port, account_key="Y2FuYXJ5" * 11)

    assert (steps["container"].mark, steps["container"].reason) == ("failed", "bad_key")
    assert steps["container"].request_id


def test_a47_a_service_that_is_busy_is_degraded(
    azurite: Azurite, container: str, proxy: FaultProxy
) -> None:
    proxy.add("GET", Fault.ANSWER, containing="comp=list", status=503, times=9)

    steps = check(azurite, container, proxy.port)

    assert steps["list"].category == "throttled"
    assert verdict(list(steps.values()))[0] == "degraded"


def test_a44_a_head_without_body_or_code_has_words(
    azurite: Azurite, container: str, proxy: FaultProxy
) -> None:
    proxy.add("HEAD", Fault.ANSWER, status=403, code="", body=" ", times=9)
    store = Probed(azurite, container, proxy.port)

    with store.open(store.values, 5) as backend, pytest.raises(Exception, match="403") as caught:
        backend.stat("a")

    assert caught.value.reason == "forbidden"
    assert caught.value.action.startswith("Look, in this order, at: the key or the token")


def test_a46_what_a_killed_check_left_is_removed_by_the_next(
    azurite: Azurite, container: str
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", CHECK_THAT_DIES, container, azurite.url, azurite.key],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "project.settings"},
        check=False,
    )
    left = names(azurite, container)

    check(azurite, container, azurite.port)

    assert killed.returncode == -signal.SIGKILL
    assert left == [NAME]
    assert names(azurite, container) == []


CHECK_THAT_DIES = f"""
import os, signal, sys, django
django.setup()
from stores import proving
from stores.connectivity import probe
from stores.flavors.azure import AzureFlavor
from stores.flavors.base import SignIn

container, url, key = sys.argv[1:]
class Probed:
    check_settings = lambda self: "Fits."
    read_secret = lambda self: ({{"account_key": key}}, "Read.")
    open = lambda self, values, timeout: AzureFlavor().open(
        f"az://{{container}}/team", {{"account_url": url}}, SignIn.FROM_SECRET, values)

for step in probe(Probed(), {NAME!r}, 20):
    if step.name == "write":
        os.kill(os.getpid(), signal.SIGKILL)
"""
