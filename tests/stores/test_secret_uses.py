"""Where a secret is used, and what its end, its replacement and its moving elsewhere mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from project.access import Role
from project.audit import AuditEntry
from secrets_app.expiry import Expiry, expiry_of
from secrets_app.models import Secret, SecretsManager, SecretVersion, Snooze
from secrets_app.references import Dangling, dangling, malformed, resolve
from stores import dispatch, runs, stack_rules
from stores.models import Check, Component, Schedule, Stack, Store, Transfer, TransferItem
from stores.models.store import StoreQuerySet
from stores.secret_uses import uses_of
from tests.support.pages import signed_in, words

pytestmark = pytest.mark.django_db

KEY, OTHER_KEY = "A" * 86 + "==", "B" * 86 + "=="


@pytest.fixture
def add_secret(person: User) -> Callable[..., Secret]:
    """A function that seals a secret."""

    def add(name: str, **values: str) -> Secret:
        secret = Secret.objects.create(
            name=name, owner=person, manager=SecretsManager.objects.built_in()
        )
        secret.replace(values or {"account_name": "acct", "account_key": KEY}, by=person)
        return secret

    return add


@pytest.fixture
def secret(add_secret: Callable[..., Secret]) -> Secret:
    return add_secret("az_secret")


@pytest.fixture
def stores(person: User, secret: Secret) -> list[Store]:
    """Three stores that name the secret."""
    return [
        Store.objects.create(
            name=name,
            owner=person,
            flavor="azure",
            path=f"az://{name}",
            sign_in="from_secret",
            authentication_secret=secret.name,
        )
        for name in ("first", "second", "third")
    ]


@pytest.fixture
def stack(person: User, stores: list[Store]) -> Stack:
    return Stack.objects.create(name="train", owner=person, store=stores[0])


def test_the_uses_reach_stacks_schedules_and_people(
    secret: Secret, stores: list[Store], stack: Stack, person: User, stranger: User
) -> None:
    schedule = Schedule.objects.create(
        store=stores[1], owner=person, every_minutes=5, next_run_at=timezone.now()
    )

    uses = uses_of(secret, person)

    assert uses.stores.seen == stores
    assert uses.stacks.seen == [stack]
    assert uses.schedules.seen == [schedule]
    assert uses.people.seen == [person]
    assert uses.reach == "3 stores, 1 stack, 1 schedule"


@pytest.fixture
def shared(person: User, stranger: User) -> Secret:
    """A secret that comes with the installation, with a store that everybody uses, and what each
    of two people made of it."""
    secret = Secret.objects.create(name="shared", manager=SecretsManager.objects.built_in())
    secret.replace({"account_name": "acct", "account_key": KEY})
    store = Store.objects.create(
        name="shared_store",
        flavor="azure",
        path="az://shared",
        sign_in="from_secret",
        authentication_secret="shared",
    )
    for owner in (person, stranger):
        Stack.objects.create(name=f"stack of {owner}", owner=owner, store=store)
        Transfer.objects.create(owner=owner, source=store, target=store, state="running")
    Schedule.objects.create(store=store, owner=stranger, every_minutes=7)
    return secret


def test_other_peoples_things_are_counted_and_not_named(
    shared: Secret, person: User, stranger: User
) -> None:
    page = words(signed_in(person), f"/secrets/secret/{shared.pk}/overview/")

    assert "Stores shared_store Stacks stack of bea and 1 of other people Components" in page
    assert "Schedules 1 of other people Transfers" in page
    assert "People who may use it bea and 1 other " in page
    assert "stack of carl" not in page
    assert "carl" not in page


def test_owners_and_superusers_see_who_may_use_a_secret(
    shared: Secret, admin_user: User, person: User, stranger: User
) -> None:
    uses = uses_of(shared, admin_user)

    assert uses.people.names == ["ada", "bea", "carl"]
    assert uses.stacks.names == ["stack of bea", "stack of carl"]


def test_who_may_use_a_secret_is_asked_once_for_all(
    secret: Secret, person: User, django_assert_num_queries: Any
) -> None:
    with CaptureQueriesContext(connection) as before:
        uses_of(secret, person)
    for number in range(20):
        User.objects.create_superuser(f"super {number}")

    with django_assert_num_queries(len(before)):
        uses = uses_of(secret, person)

    assert uses.people.total == 21


def test_s26_a_secret_in_use_is_not_deleted_in_the_browser(
    secret: Secret, stores: list[Store], person: User
) -> None:
    browser = signed_in(person)
    address = f"/secrets_app/secret/{secret.pk}/delete/"

    page = browser.get(address).content.decode()
    browser.post(address, {"post": "yes"})
    browser.post(
        "/secrets_app/secret/",
        {"action": "delete_selected", "_selected_action": [secret.pk], "post": "yes"},
    )

    assert "is in use." in page
    for store in stores:
        assert f"{store} uses az_secret" in page
    assert Secret.objects.filter(pk=secret.pk).exists()


def test_s26_a_deleted_secret_is_missing_and_nothing_is_sent(
    secret: Secret, stores: list[Store], person: User
) -> None:
    secret.delete()
    check = Check.objects.create(store=stores[0], requested_by=person)

    runs.run_check(check.pk)

    check.refresh_from_db()
    assert [step["mark"] for step in check.steps][:3] == ["ok", "failed", "skipped"]
    assert check.steps[1]["category"] == "secret_missing"


@pytest.mark.parametrize("kept_here", [True, False])
def test_s26_a_secret_in_use_keeps_its_name(
    kept_here: bool, secret: Secret, stores: list[Store], person: User
) -> None:
    if not kept_here:
        vault = SecretsManager.objects.create(
            name="vault",
            owner=person,
            flavor="azure",
            configuration={"key_vault_name": "team-vault"},
        )
        Secret.objects.filter(pk=secret.pk).update(manager=vault, version=0)
        secret.refresh_from_db()

    reply = signed_in(person).post(
        f"/secrets_app/secret/{secret.pk}/change/",
        {"name": "az_renamed", "manager": secret.manager_id, "schema": "azure"},
    )

    assert (
        "The name stays while something uses the secret by it: first, second, third."
        in reply.content.decode()
    )
    assert Secret.objects.get(pk=secret.pk).name == "az_secret"


def test_a_secret_that_nothing_uses_can_be_called_otherwise(secret: Secret, person: User) -> None:
    signed_in(person).post(
        f"/secrets_app/secret/{secret.pk}/change/",
        {
            "name": "az_renamed",
            "manager": secret.manager_id,
            "schema": "azure",
            "shape": "account_key",
        },
    )

    secret.refresh_from_db()
    assert secret.name == "az_renamed"
    assert secret.reveal() == {"account_name": "acct", "account_key": KEY}


def test_replacing_it_everywhere_lets_the_stores_name_the_other(
    secret: Secret, stores: list[Store], add_secret: Callable[..., Secret], person: User
) -> None:
    other = add_secret("az_new", account_name="acct", account_key=OTHER_KEY)

    reply = signed_in(person).post(
        f"/secrets/secret/{secret.pk}/replace/", {"other": other.pk}, follow=True
    )

    assert "first, second, third use az_new from now on" in reply.content.decode()
    assert not uses_of(secret, person)
    assert uses_of(other, person).stores.seen == stores
    assert Check.objects.count() == 3
    assert AuditEntry.objects.filter(words="secret az_secret replaced with az_new").count() == 3
    assert AuditEntry.objects.get(action="replaced").words == "with az_new in 3 stores"


PRINCIPAL = {
    "account_name": "acct",
    "tenant_id": "3c0a7c4e-0000-4000-8000-000000000001",
    "client_id": "3c0a7c4e-0000-4000-8000-000000000002",
    "client_secret": "one",
}


@pytest.fixture
def principal(add_secret: Callable[..., Secret], person: User) -> Secret:
    """A service principal that a vault and a component use."""
    SecretsManager.objects.create(
        name="team_vault",
        owner=person,
        flavor="azure",
        configuration={"key_vault_name": "team-vault"},
        authentication_secret="az_sp",
    )
    Component.objects.create(
        name="azureml",
        owner=person,
        type="step_operator",
        flavor="azureml",
        configuration={"id": "{{ az_sp.client_id }}", "deep": ["{{az_sp.client_secret}}", 7]},
    )
    return add_secret("az_sp", **PRINCIPAL)


def test_replacing_it_everywhere_reaches_vaults_and_references(
    principal: Secret, add_secret: Callable[..., Secret], person: User
) -> None:
    other = add_secret("az_sp_new", **PRINCIPAL | {"client_secret": "two"})
    browser = signed_in(person)

    said = words(browser, f"/secrets/secret/{principal.pk}/overview/")
    reply = browser.post(
        f"/secrets/secret/{principal.pk}/replace/", {"other": other.pk}, follow=True
    )

    assert "Replace in 1 secrets manager, 1 component" in said
    assert "team_vault, azureml (step operator, azureml) use az_sp_new" in reply.content.decode()
    assert SecretsManager.objects.get(name="team_vault").authentication_secret == "az_sp_new"
    assert Component.objects.get().configuration == {
        "id": "{{az_sp_new.client_id}}",
        "deep": ["{{az_sp_new.client_secret}}", 7],
    }
    assert not uses_of(principal, person)
    replaced = AuditEntry.objects.filter(words="secret az_sp replaced with az_sp_new")
    assert sorted(replaced.values_list("kind", flat=True)) == ["component", "secrets manager"]


def test_nothing_is_replaced_where_a_vault_or_a_reference_could_not_use_it(
    principal: Secret, add_secret: Callable[..., Secret], person: User
) -> None:
    other = add_secret("az_key")

    reply = signed_in(person).post(
        f"/secrets/secret/{principal.pk}/replace/", {"other": other.pk}, follow=True
    )

    page = unescape(reply.content.decode())
    assert "team_vault: `az_key` holds no `tenant_id`, `client_id`, `client_secret`." in page
    assert "azureml: `az_key` holds nothing for `{{az_key.client_id}}`" in page
    assert uses_of(principal, person).direct.total == 2


def test_a_secret_whose_name_no_reference_takes_replaces_none(
    principal: Secret, add_secret: Callable[..., Secret], person: User
) -> None:
    other = add_secret("new one", **PRINCIPAL)

    reply = signed_in(person).post(
        f"/secrets/secret/{principal.pk}/replace/", {"other": other.pk}, follow=True
    )

    assert "its name has a space, a dot or a brace" in reply.content.decode()
    assert uses_of(principal, person).direct.total == 2


def test_what_the_person_may_not_change_is_left_and_said(
    secret: Secret,
    stores: list[Store],
    add_secret: Callable[..., Secret],
    person: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until things can be shared, whoever may change a secret may change what names it; the query
    that says so is replaced here."""
    other = add_secret("az_new", account_name="acct", account_key=OTHER_KEY)
    visible_to = StoreQuerySet.visible_to

    def but_not_the_second(things: Any, user: Any, role: Role = Role.VIEWER) -> Any:
        seen = visible_to(things, user, role)
        return seen.exclude(name="second") if role == Role.EDITOR else seen

    monkeypatch.setattr(StoreQuerySet, "visible_to", but_not_the_second)
    browser = signed_in(person)

    said = words(browser, f"/secrets/secret/{secret.pk}/overview/")
    reply = browser.post(f"/secrets/secret/{secret.pk}/replace/", {"other": other.pk}, follow=True)

    assert "Replace in 2 stores" in said
    assert "Left as they are, because you may not change them: second." in said
    assert "first, third use az_new from now on." in reply.content.decode()
    assert "Left as it is, as you may not change it: second." in reply.content.decode()
    assert uses_of(secret, person).stores.names == ["second"]


@pytest.mark.parametrize("typed", ["9" * 5000, "9" * 30, "-1", "abc", "", "\u0663"])
def test_a_key_that_is_none_is_not_found(
    typed: str, secret: Secret, stores: list[Store], person: User
) -> None:
    browser = signed_in(person)

    replaced = browser.post(f"/secrets/secret/{secret.pk}/replace/", {"other": typed})
    read = browser.post(f"/secrets/read/?secret={typed or 'x'}", {"schema": "azure"})

    assert (replaced.status_code, read.status_code) == (404, 404)


def test_a_secret_that_does_not_fit_replaces_nothing(
    secret: Secret, stores: list[Store], add_secret: Callable[..., Secret], person: User
) -> None:
    other = add_secret("lonely", client_secret="kept")

    reply = signed_in(person).post(
        f"/secrets/secret/{secret.pk}/replace/", {"other": other.pk}, follow=True
    )

    assert "Nothing was changed. lonely does not fit: first:" in reply.content.decode()
    assert uses_of(secret, person).stores.seen == stores


def test_a_strangers_secret_replaces_nothing(
    secret: Secret, stores: list[Store], stranger: User, person: User
) -> None:
    theirs = Secret.objects.create(
        name="theirs", owner=stranger, manager=SecretsManager.objects.built_in()
    )

    reply = signed_in(person).post(f"/secrets/secret/{secret.pk}/replace/", {"other": theirs.pk})

    assert reply.status_code == 404


def test_s24_equal_values_have_equal_fingerprints(
    secret: Secret, add_secret: Callable[..., Secret], person: User
) -> None:
    equal = add_secret("az_old", account_name="acct", account_key=KEY)
    different = add_secret("az_other", account_name="acct", account_key=OTHER_KEY)

    page = words(signed_in(person), f"/secrets/secret/{secret.pk}/overview/")

    assert secret.current.fingerprint == equal.current.fingerprint
    assert secret.current.fingerprint != different.current.fingerprint
    assert KEY not in secret.current.fingerprint
    assert "The same value is stored as az_old, version 1. Use that one" in page
    assert "az_other" not in page


def test_an_equal_value_is_nothing_to_change(secret: Secret, person: User) -> None:
    reply = signed_in(person).post(
        f"/secrets_app/secret/{secret.pk}/change/",
        {
            "name": secret.name,
            "manager": secret.manager_id,
            "schema": "azure",
            "shape": "account_key",
            "value_account_name": "acct",
            "value_account_key": KEY,
        },
        follow=True,
    )

    secret.refresh_from_db()
    assert "This value equals version 1. Nothing to change." in reply.content.decode()
    assert (secret.version, secret.versions.count()) == (1, 1)


def test_versions_are_kept_and_destroyed_after_thirty_days(secret: Secret) -> None:
    secret.replace({"account_key": OTHER_KEY})
    first = secret.versions.get(number=1)
    assert secret.reveal(1) == {"account_name": "acct", "account_key": KEY}

    SecretVersion.objects.filter(pk=first.pk).update(
        unused_since=timezone.now() - timedelta(days=31)
    )
    dispatch.tick()

    first.refresh_from_db()
    assert first.destroyed_at is not None
    assert (first.fingerprint, first.values.count()) == ("", 0)
    assert secret.reveal()["account_key"] == OTHER_KEY


def test_the_version_in_use_is_never_destroyed(secret: Secret, person: User) -> None:
    signed_in(person).post(f"/secrets/secret/{secret.pk}/1/destroy/")

    assert secret.reveal() == {"account_name": "acct", "account_key": KEY}


def test_an_earlier_version_is_destroyed_on_demand(secret: Secret, person: User) -> None:
    secret.replace({"account_key": OTHER_KEY})

    signed_in(person).post(f"/secrets/secret/{secret.pk}/1/destroy/")

    assert secret.versions.get(number=1).destroyed_at is not None
    assert AuditEntry.objects.get(action="destroyed").words == "version 1"


@pytest.mark.parametrize(
    ("left", "level", "reminder", "said"),
    [
        (timedelta(days=40), "fine", None, "Expires in 40 days"),
        (timedelta(days=30, seconds=1), "fine", None, "Expires in 30 days"),
        (timedelta(days=30), "soon", 30, "Expires in 30 days"),
        (timedelta(days=30, seconds=-1), "soon", 30, "Expires in 29 days"),
        (timedelta(days=14, seconds=1), "soon", 30, "Expires in 14 days"),
        (timedelta(days=14), "soon", 14, "Expires in 14 days"),
        (timedelta(days=14, seconds=-1), "soon", 14, "Expires in 13 days"),
        (timedelta(days=7, seconds=1), "soon", 14, "Expires in 7 days"),
        (timedelta(days=7), "urgent", 7, "Expires in 7 days"),
        (timedelta(days=7, seconds=-1), "urgent", 7, "Expires in 6 days"),
        (timedelta(days=1, seconds=1), "urgent", 7, "Expires in 1 day"),
        (timedelta(days=1), "urgent", 1, "Expires in 1 day"),
        (timedelta(days=1, seconds=-1), "urgent", 1, "Expires in 23 hours"),
        (timedelta(seconds=1), "urgent", 1, "Expires in less than a minute"),
        (timedelta(), "over", 0, "Expired less than a minute ago"),
        (timedelta(seconds=-1), "over", 0, "Expired less than a minute ago"),
        (timedelta(hours=-3), "over", 0, "Expired 3 hours ago"),
    ],
)
def test_s25_the_end_is_said_in_time(
    left: timedelta, level: str, reminder: int | None, said: str
) -> None:
    now = timezone.now()

    expiry = Expiry(now + left, True, now)

    assert (expiry.level, expiry.reminder, expiry.words) == (level, reminder, said)


def test_s25_a_key_is_due_by_its_age(secret: Secret) -> None:
    secret.remind_after_days = 90
    now = timezone.now() + timedelta(days=91)

    expiry = expiry_of(secret, now)

    assert expiry is not None
    assert (expiry.words, expiry.refused) == ("Due to be replaced since 1 day", False)
    assert expiry.brief == "Due since 1 day"


def sas(moment: Any) -> str:
    return f"sv=2024-11-04&sr=c&sp=rl&se={moment:%Y-%m-%dT%H:%M:%SZ}&sig=abc%3D"


def test_s25_a_sas_that_ends_shows_on_secret_store_stack_and_dashboard(
    secret: Secret, stores: list[Store], stack: Stack, person: User
) -> None:
    end = timezone.now() + timedelta(days=6, hours=1)
    secret.replace({"sas_token": sas(end)}, clear=frozenset({"account_key"}))
    browser = signed_in(person)

    pages = [
        f"/secrets/secret/{secret.pk}/overview/",
        "/secrets_app/secret/",
        f"/stores/store/{stores[0].pk}/overview/",
        f"/stores/stack/{stack.pk}/overview/",
        "/",
    ]

    for address in pages:
        assert "Expires in 6 days" in words(browser, address), address
    assert "az_secret: Expires in 6 days." in [
        finding.words for finding in stack_rules.findings(stack)
    ]


def test_s25_the_page_says_what_will_fail_and_what_does(
    secret: Secret, stores: list[Store], stack: Stack, person: User
) -> None:
    browser = signed_in(person)
    address = f"/secrets/secret/{secret.pk}/overview/"

    secret.replace(
        {"sas_token": sas(timezone.now() + timedelta(days=6, hours=1))},
        clear=frozenset({"account_key"}),
    )
    soon = words(browser, address)
    secret.replace({"sas_token": sas(timezone.now() - timedelta(hours=3, minutes=1))})
    over = words(browser, address)

    assert "3 stores, 1 stack will fail then." in soon
    assert "Rotate now Remind me in 2 days Delete" in soon
    assert "Failing because of it: first, second, third." in over
    assert "Rotate now Delete" in over
    assert "Remind me in 2 days" not in over


@pytest.mark.parametrize(
    ("end", "zone"),
    [("9999-12-31T23:59:59Z", "Europe/Berlin"), ("0001-01-01", "America/New_York")],
)
def test_s25_an_end_at_the_calendars_edge_is_shown_in_every_time_zone(
    end: str, zone: str, secret: Secret, person: User, settings: Any
) -> None:
    settings.TIME_ZONE = zone

    secret.replace(
        {"sas_token": f"sv=2024-11-04&sr=c&sp=rl&se={end}&sig=abc%3D"},
        clear=frozenset({"account_key"}),
    )

    browser = signed_in(person)
    for address in ("/", "/secrets_app/secret/", f"/secrets/secret/{secret.pk}/overview/"):
        assert browser.get(address).status_code == 200, address


def test_s25_a_reminder_is_put_off_for_two_days_and_for_one_person(
    secret: Secret, person: User, admin_user: User
) -> None:
    secret.replace(
        {"sas_token": sas(timezone.now() + timedelta(days=6, hours=1))},
        clear=frozenset({"account_key"}),
    )
    browser = signed_in(person)

    reply = browser.post(f"/secrets/secret/{secret.pk}/remind-later/", follow=True)

    assert "Your dashboard is silent about az_secret for 2 days." in reply.content.decode()
    assert "Remind me in 2 days" not in reply.content.decode()
    assert "Expires in 6 days" not in words(browser, "/")
    assert "Expires in 6 days" in words(signed_in(admin_user), "/")
    Snooze.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert "Expires in 6 days" in words(browser, "/")


def test_s25_what_has_ended_is_said_whatever_was_put_off(secret: Secret, person: User) -> None:
    secret.replace(
        {"sas_token": sas(timezone.now() - timedelta(minutes=5))},
        clear=frozenset({"account_key"}),
    )
    Snooze.objects.pause(secret, person)

    assert "Expired 5 minutes ago" in words(signed_in(person), "/")


def test_a_strangers_reminder_is_not_put_off(secret: Secret, stranger: User) -> None:
    reply = signed_in(stranger).post(f"/secrets/secret/{secret.pk}/remind-later/")

    assert reply.status_code == 404
    assert not Snooze.objects.exists()


def test_s25_an_expired_sas_is_refused_without_a_request(
    secret: Secret, stores: list[Store], person: User
) -> None:
    secret.replace(
        {"sas_token": sas(timezone.now() - timedelta(hours=3, minutes=1))},
        clear=frozenset({"account_key"}),
    )
    check = Check.objects.create(store=stores[0], requested_by=person)

    runs.run_check(check.pk)

    check.refresh_from_db()
    failed = check.steps[1]
    assert failed["category"] == "secret_expired"
    assert failed["words"] == (
        "`az_secret` expired 3 hours ago: its SAS token says so. Nothing was sent."
    )
    assert {step["mark"] for step in check.steps[2:]} == {"skipped"}


def test_s25_a_transfer_that_outlasts_its_sas_is_warned_of_before_the_start(
    secret: Secret, stores: list[Store], person: User
) -> None:
    """30 GiB take 51 minutes at the assumed 10 MiB/s."""
    transfer = Transfer.objects.create(
        owner=person, source=stores[0], target=stores[1], conflict="skip_same", state="planned"
    )
    TransferItem.objects.create(
        transfer=transfer, name="a", target_name="a", action="copy", size=30 * 2**30, etag="1"
    )
    secret.replace(
        {"sas_token": sas(timezone.now() + timedelta(minutes=40, seconds=30))},
        clear=frozenset({"account_key"}),
    )

    page = words(signed_in(person), f"/stores/transfer/{transfer.pk}/")

    assert (
        "Expires in 40 minutes: the secret az_secret of first, and copying is expected to take"
        " 51 min. Replace it before you start."
    ) in page


@pytest.fixture
def user_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """People may use secrets and stores, and change stores, but not secrets."""
    monkeypatch.setattr(Secret, "allows", lambda secret, user, role: role <= Role.OPERATOR)


@pytest.mark.parametrize(
    "change",
    [
        {"account_url": "https://acct.blob.core.chinacloudapi.cn"},
        {"authentication_secret": "az_other"},
    ],
)
def test_s28_who_may_only_use_a_secret_sends_it_nowhere_else(
    change: dict[str, str],
    secret: Secret,
    stores: list[Store],
    add_secret: Callable[..., Secret],
    person: User,
    user_only: None,
) -> None:
    add_secret("az_other")
    store = stores[0]

    reply = signed_in(person).post(
        f"/stores/store/{store.pk}/change/",
        {
            "name": store.name,
            "flavor": "azure",
            "path": store.path,
            "authentication_secret": secret.name,
            **change,
        },
    )

    assert "is sent. You may use this secret, but not change it" in reply.content.decode()
    store.refresh_from_db()
    assert (store.configuration, store.authentication_secret) == ({}, "az_secret")


def test_s28_another_account_wants_the_key_again(secret: Secret, person: User) -> None:
    fields = {
        "name": secret.name,
        "manager": secret.manager_id,
        "schema": "azure",
        "shape": "account_key",
        "value_account_name": "elsewhere",
    }

    reply = signed_in(person).post(f"/secrets_app/secret/{secret.pk}/change/", fields)

    assert "<code>account_name</code> changes where this is sent: enter it again, too." in (
        reply.content.decode()
    )
    secret.refresh_from_db()
    assert secret.version == 1


@pytest.fixture
def component(person: User) -> Component:
    return Component.objects.create(
        name="azureml",
        owner=person,
        type="step_operator",
        flavor="azureml",
        configuration={
            "key": "{{az_secret.account_key}}",
            "deep": ["{{ az_secret.account_name }}"],
        },
    )


def test_a_reference_is_resolved_at_use_and_stored_as_it_is(
    secret: Secret, component: Component
) -> None:
    assert resolve(component, component.configuration) == {"key": KEY, "deep": ["acct"]}
    component.refresh_from_db()
    assert component.configuration["key"] == "{{az_secret.account_key}}"


def test_a_dangling_reference_is_said(component: Component) -> None:
    assert dangling(component, component.configuration) == [
        "`{{az_secret.account_key}}`: there is no secret `az_secret`.",
        "`{{az_secret.account_name}}`: there is no secret `az_secret`.",
    ]
    with pytest.raises(Dangling, match="leads to no value"):
        resolve(component, component.configuration)


def test_a_reference_to_an_attribute_that_is_not_there_is_a_finding(
    secret: Secret, component: Component, stack: Stack
) -> None:
    component.configuration = {"key": "{{az_secret.sas_token}}"}
    component.save()
    stack.components.add(component)

    assert "`{{az_secret.sas_token}}`: `az_secret` holds no `sas_token`." in [
        finding.words for finding in stack_rules.findings(stack)
    ]


def test_a_strangers_secret_is_not_resolved(
    secret: Secret, component: Component, stranger: User
) -> None:
    Component.objects.filter(pk=component.pk).update(owner=stranger)
    component.refresh_from_db()

    with pytest.raises(Dangling):
        resolve(component, component.configuration)


@pytest.mark.parametrize("text", ["{{az_secret}}", "{{a.b.c}}", "{{ }}", "{{a. b}}"])
def test_a_malformed_reference_is_refused_at_the_form(text: str, person: User) -> None:
    reply = signed_in(person).post(
        "/stores/component/add/",
        {
            "type": "alerter",
            "name": "slack",
            "flavor": "slack",
            "configuration": f'{{"token": "{text}"}}',
        },
    )

    assert malformed({"token": text}) == [text]
    assert "1 reference is not written as" in reply.content.decode()


def test_a_reference_is_shown_as_a_chip(
    secret: Secret, component: Component, stack: Stack, person: User
) -> None:
    stack.components.add(component)

    page = signed_in(person).get(f"/stores/stack/{stack.pk}/overview/").content.decode()

    assert "az_secret.account_key</span>" in page
    assert KEY not in page
    assert uses_of(secret, person).components.seen == [component]
