"""Checks and transfers with every way to sign in, against an Azurite that takes tokens."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core import serializers

from secrets_app.models import Secret, SecretsManager
from stores import runs
from stores.flavors import FLAVORS
from stores.flavors.base import SignIn
from stores.forms import StoreForm
from stores.models import Check, Run, Store, Transfer, TransferRun
from tests.support.entra import GOOD_ASSERTION, GOOD_SECRET, OWN_IDENTITY, Entra
from tests.support.pages import signed_in
from tests.support.surroundings import Surroundings

pytestmark = [pytest.mark.django_db, pytest.mark.database]

WAYS = [way for way in FLAVORS["azure"].sign_ins if way != SignIn.FROM_SECRET]
AMBIENT = [way for way in WAYS if way.is_ambient]


@pytest.fixture
def folder(admin_user: User) -> Store:
    """A folder with an artifact."""
    path = django_settings.HOME.local_stores / uuid.uuid4().hex
    path.mkdir(parents=True)
    (path / "model").write_bytes(b"weights")
    return Store.objects.create(
        name="folder", owner=admin_user, flavor="local", path=str(path), sign_in="none"
    )


@pytest.fixture
def add_store(admin_user: User, surroundings: Surroundings) -> Callable[..., Store]:
    """A function that registers a new container with this way to sign in."""

    def add(sign_in: SignIn, **fields: Any) -> Store:
        values = surroundings.secret_for(sign_in)
        if values:
            secret = Secret.objects.create(
                name="az_secret", owner=admin_user, manager=SecretsManager.objects.built_in()
            )
            secret.replace(values)
        return Store.objects.create(
            **{
                "name": "az_store",
                "owner": admin_user,
                "flavor": "azure",
                "path": f"az://{surroundings.azurite.make_container(f'c{uuid.uuid4().hex}')}",
                "sign_in": sign_in,
                "authentication_secret": "az_secret" if values else "",
                "configuration": surroundings.configuration,
                "allow_probes": True,
                "allow_implicit": sign_in.is_ambient,
                **fields,
            }
        )

    return add


def checked(store: Store) -> Check:
    check = Check.objects.create(store=store, requested_by=store.owner)
    runs.run_check(check.pk)
    check.refresh_from_db()
    return check


def step(check: Check, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in check.steps if each["name"] == name)
    return found


def transferred(source: Store, target: Store) -> Transfer:
    transfer = Transfer.objects.create(owner=source.owner, source=source, target=target)
    TransferRun.objects.create(transfer=transfer, kind=TransferRun.Kind.PLAN)
    runs.run_plan(transfer.pk)
    transfer.refresh_from_db()
    if transfer.state == Transfer.State.PLANNED:
        runs.start(transfer, by=transfer.owner)
        runs.run_copies(transfer.pk)
        transfer.refresh_from_db()
    return transfer


@pytest.mark.parametrize("sign_in", WAYS)
def test_a_store_of_each_way_passes_a_check_and_takes_a_transfer(
    sign_in: SignIn,
    surroundings: Surroundings,
    add_store: Callable[..., Store],
    folder: Store,
) -> None:
    surroundings.offer_for(sign_in)
    store = add_store(sign_in)

    check = checked(store)
    transfer = transferred(folder, store)

    assert [f"{each['name']} {each['mark']}" for each in check.steps] == [
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
    assert transfer.state == Transfer.State.COMPLETED
    with store.connect() as backend:
        assert b"".join(backend.read("model")) == b"weights"


@pytest.mark.parametrize("sign_in", [SignIn.SERVICE_PRINCIPAL, SignIn.WORKLOAD_IDENTITY])
def test_nothing_of_what_it_signed_in_with_is_stored(
    sign_in: SignIn, surroundings: Surroundings, add_store: Callable[..., Store]
) -> None:
    surroundings.offer_for(sign_in)

    checked(add_store(sign_in))

    rows = serializers.serialize("json", [*Check.objects.all(), *Store.objects.all()])
    assert GOOD_SECRET not in rows
    assert GOOD_ASSERTION not in rows
    assert "eyJ" not in rows


def test_a_refused_sign_in_fails_at_the_identity_in_entras_words(
    surroundings: Surroundings, add_store: Callable[..., Store], entra: Entra
) -> None:
    entra.refuse_sign_in = "AADSTS7000222"

    check = checked(add_store(SignIn.SERVICE_PRINCIPAL))

    failed = step(check, "identity")
    assert (failed["mark"], failed["category"], failed["code"]) == (
        "failed",
        "sign_in",
        "AADSTS7000222",
    )
    assert failed["words"] == "The client secret has expired."
    assert step(check, "list")["mark"] == "skipped"
    assert check.words == "“Identity” failed: The client secret has expired."


# S29: what surrounds a worker is the operator's, not the owner's


def form(
    user: User, way: SignIn, surroundings: Surroundings, store: Store | None = None, **fields: str
) -> StoreForm:
    """The form of a store with this way to sign in, filled in."""
    data = {"name": "az_store", "flavor": "azure", "path": "az://models", "sign_in": way}
    return StoreForm(data | surroundings.configuration | fields, instance=store, user=user)


@pytest.mark.parametrize("switch", [True, False])
@pytest.mark.parametrize("sign_in", AMBIENT)
def test_s29_such_a_store_is_saved_either_way(
    sign_in: SignIn, switch: bool, surroundings: Surroundings, person: User, settings: Any
) -> None:
    settings.STOREROOM_ALLOW_IMPLICIT = switch

    store = form(person, sign_in, surroundings).save()

    assert (store.sign_in, store.allow_implicit) == (sign_in, False)


@pytest.mark.parametrize(("switch", "allowed"), [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("sign_in", AMBIENT)
def test_s29_no_check_and_no_transfer_uses_the_surroundings_until_both_allow_it(
    sign_in: SignIn,
    switch: bool,
    allowed: bool,
    surroundings: Surroundings,
    add_store: Callable[..., Store],
    folder: Store,
    entra: Entra,
    settings: Any,
) -> None:
    settings.STOREROOM_ALLOW_IMPLICIT = switch
    surroundings.offer_for(sign_in)
    store = add_store(sign_in, allow_implicit=allowed)

    check = checked(store)
    transfer = transferred(folder, store)

    failed = step(check, "settings")
    assert (failed["mark"], failed["category"]) == ("failed", "settings")
    assert {each["mark"] for each in check.steps[1:]} == {"skipped"}
    assert transfer.state == Transfer.State.FAILED
    assert "sign in" in transfer.runs.get(status=Run.Status.FAILED).error
    assert entra.requests == surroundings.machine.requests == []


def test_s29_the_page_names_the_identity_used(
    surroundings: Surroundings, add_store: Callable[..., Store], admin_user: User
) -> None:
    surroundings.offer_machine()
    store = add_store(SignIn.MANAGED_IDENTITY)
    browser = signed_in(admin_user)
    before = browser.get(f"/stores/store/{store.pk}/overview/").content.decode()

    checked(store)

    after = browser.get(f"/stores/store/{store.pk}/overview/").content.decode()
    assert "allowed by an administrator" in before
    assert OWN_IDENTITY not in before
    assert f"Signed in as app <code>{OWN_IDENTITY}</code>" in after
    assert "found through: managed identity." in after


def test_s29_only_a_superuser_allows_it(surroundings: Surroundings, person: User) -> None:
    saved = form(person, SignIn.MANAGED_IDENTITY, surroundings, allow_implicit="on").save()

    assert saved.allow_implicit is False


def test_s29_a_superuser_allows_it(surroundings: Surroundings, admin_user: User) -> None:
    saved = form(admin_user, SignIn.MANAGED_IDENTITY, surroundings, allow_implicit="on").save()

    assert saved.allow_implicit is True


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({"description": "ours"}, True),
        ({"allow_probes": "on"}, True),
        ({"path": "az://another"}, False),
        ({"account_url": "https://another.blob.core.windows.net"}, False),
        ({"sign_in": "workload_identity"}, False),
        ({"client_id": "55555555-6666-7777-8888-999999999999"}, False),
    ],
)
def test_s29_what_was_allowed_is_taken_back_when_somebody_else_changes_it(
    changed: dict[str, str], allowed: bool, surroundings: Surroundings, person: User
) -> None:
    store = form(person, SignIn.MANAGED_IDENTITY, surroundings).save()
    store.allow_implicit = True
    store.save()

    again = form(person, SignIn.MANAGED_IDENTITY, surroundings, store, **changed).save()

    assert again.allow_implicit is allowed


def test_s29_it_stays_when_a_superuser_changes_it(
    surroundings: Surroundings, person: User, admin_user: User
) -> None:
    store = form(person, SignIn.MANAGED_IDENTITY, surroundings).save()

    again = form(
        admin_user,
        SignIn.MANAGED_IDENTITY,
        surroundings,
        store,
        path="az://another",
        allow_implicit="on",
    ).save()

    assert again.allow_implicit is True
