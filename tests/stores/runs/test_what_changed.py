"""What changed since a store last worked: faults are injected between two real checks, and the
true cause has to be named first, although other things have changed as well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from project import audit
from secrets_app.models import Secret, SecretsManager
from stores import runs
from stores.flavors.base import Category, StoreError
from stores.last_good import Since, since_last_good
from stores.models import Check, Store
from tests.support.memory import MemoryBackend

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class Cloud(MemoryBackend):
    """A store in a cloud that tells of itself, and refuses when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.told = {
            "sdk": "azure-storage-blob 12.31.1",
            "addresses": "20.60.1.2",
            "peer": "20.60.1.2",
            "issuer": "Microsoft Corporation",
            "account": "mlacct",
            "signed_with": "token",
            "object_id": "o-1",
            "expires": "2999-01-01T00:00:00+00:00",
        }
        self.refusal: StoreError | None = None
        self.at = "list"

    def facts(self) -> dict[str, str]:
        return dict(self.told)

    def connect(self) -> str:
        return self._answer("connect") or "There."

    def find_container(self) -> str:
        return self._answer("container") or "There."

    def list(self, *arguments: Any, **options: Any) -> Any:
        self._answer("list")
        return super().list(*arguments, **options)

    def _answer(self, step: str) -> str:
        if self.refusal and self.at == step:
            raise self.refusal
        return ""


class World:
    """A store that works, and all that may change around it."""

    def __init__(self, store: Store, secret: Secret, cloud: Cloud, person: User) -> None:
        self.store, self.secret, self.cloud, self.person = store, secret, cloud, person

    def refuse(self, category: Category, reason: str, at: str = "container") -> None:
        self.cloud.refusal, self.cloud.at = StoreError(category, "No.", reason=reason), at

    def change(self, **fields: Any) -> None:
        Store.objects.filter(pk=self.store.pk).update(**fields)
        audit.record(self.person, "changed", self.store, ", ".join(fields))

    def check(self, worker: str = "") -> Check:
        check = Check.objects.create(store=self.store)
        runs.run_check(check.pk)
        check.refresh_from_db()
        if worker:
            check.fingerprint = check.fingerprint | {"worker": worker}
            check.save()
        return check


@pytest.fixture
def world(add_store: Callable[[str], Store], memory: Any, admin_user: User, person: User) -> World:
    cloud = Cloud()
    memory.backends |= {"source": cloud, "elsewhere": cloud}
    secret = Secret.objects.create(
        name="az_secret", owner=admin_user, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"account_name": "mlacct", "account_key": "a2V5"}, by=admin_user)
    store = add_store("source")
    store.sign_in, store.authentication_secret = "from_secret", "az_secret"
    store.save()
    return World(store, secret, cloud, person)


def new_value(world: World) -> None:
    world.secret.replace({"account_name": "mlacct", "account_key": "b3RoZXI="}, by=world.person)
    world.refuse(Category.SIGN_IN, "bad_key")


def key_rotated_in_azure(world: World) -> None:
    world.refuse(Category.SIGN_IN, "bad_key")


def private_address(world: World) -> None:
    world.cloud.told["addresses"] = "10.4.1.9"
    world.refuse(Category.TIMEOUT, "timeout", "connect")


def inspecting_proxy(world: World) -> None:
    world.cloud.told["issuer"] = "Zscaler Root"
    world.refuse(Category.TLS, "tls", "connect")


def sas_came_to_its_end(world: World) -> None:
    world.cloud.told["expires"] = "2020-01-01T00:00:00+00:00"
    first = world.store.checks.get()
    first.fingerprint = first.fingerprint | {"expires": "2020-01-01T00:00:00+00:00"}
    first.save()
    world.refuse(Category.SIGN_IN, "sas_expired")


def address_edited(world: World) -> None:
    world.change(path="elsewhere")
    world.refuse(Category.CONTAINER_MISSING, "container_missing")


def container_deleted(world: World) -> None:
    world.refuse(Category.CONTAINER_MISSING, "container_missing")


def another_identity(world: World) -> None:
    world.cloud.told["object_id"] = "o-2"
    world.refuse(Category.PERMISSION, "rbac_role", "list")


def role_taken_away(world: World) -> None:
    world.refuse(Category.PERMISSION, "rbac_role", "list")


def newer_sdk(world: World) -> None:
    world.cloud.told["sdk"] = "azure-storage-blob 13.0.0"
    world.refuse(Category.SETTINGS, "api_version")


def another_account(world: World) -> None:
    world.change(configuration={"account_url": "https://typo.blob.core.windows.net"})
    world.refuse(Category.DNS, "dns", "connect")


def keys_switched_off(world: World) -> None:
    world.refuse(Category.SIGN_IN, "key_disabled")


FAULTS = {
    new_value: "secret_version",
    key_rotated_in_azure: "elsewhere",
    private_address: "addresses",
    inspecting_proxy: "issuer",
    sas_came_to_its_end: "expires",
    address_edited: "path",
    container_deleted: "elsewhere",
    another_identity: "object_id",
    role_taken_away: "elsewhere",
    newer_sdk: "sdk",
    another_account: "configuration",
    keys_switched_off: "elsewhere",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_true_cause_of_each_fault_is_named_first(
    fault: Callable[[World], None], world: World
) -> None:
    good = world.check()
    # What changes all the time and is no cause: the address that answered, and the SDK's patch.
    world.cloud.told |= {"peer": "20.60.1.77", "sdk": "azure-storage-blob 12.31.2"}
    fault(world)

    since = since_last_good(world.check())

    assert since is not None
    assert since.good == good
    assert since.differences[0].what == FAULTS[fault]
    assert since.differences[0].likely


def since(world: World) -> Since:
    found = since_last_good(world.check())
    assert found is not None
    return found


def test_a48_who_gave_the_secret_a_new_value_is_said(world: World) -> None:
    world.check()
    new_value(world)

    first = since(world).differences[0]

    assert first.words == "Version of the secret: 1 → 2"
    assert first.note.startswith("by bea, ")


def test_who_changed_the_store_is_said(world: World) -> None:
    world.check()
    address_edited(world)

    first = since(world).differences[0]

    assert first.words == "Address of the store: source → elsewhere"
    assert first.note.startswith("by bea, ")


def test_a48_a_key_that_was_rotated_elsewhere_is_said_although_nothing_changed_here(
    world: World,
) -> None:
    world.check()
    key_rotated_in_azure(world)

    assert since(world).differences[0].words == (
        "The account's key was changed or rotated in Azure."
    )


def test_what_may_be_done_no_more_stands_last(world: World) -> None:
    world.check()
    role_taken_away(world)

    assert since(world).differences[-1].words == "List: proven → refused"


def test_a_good_check_and_a_first_one_have_nothing_to_compare(world: World) -> None:
    key_rotated_in_azure(world)
    first = world.check()
    world.cloud.refusal = None
    good = world.check()

    assert since_last_good(first) is None
    assert since_last_good(good) is None


def test_a_fingerprint_holds_no_secret(world: World) -> None:
    kept = world.check().fingerprint

    assert kept["secret"] == "az_secret"
    assert kept["secret_version"] == "1"
    assert kept["list"] == "proven"
    assert "a2V5" not in str(kept)


def test_an_ended_token_is_only_a_cause_where_the_token_is_the_same(world: World) -> None:
    soon = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    world.check()
    world.cloud.told["expires"] = soon
    new_value(world)

    assert since(world).differences[0].what == "secret_version"
