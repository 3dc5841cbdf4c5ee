"""A secret is replaced with another one everywhere."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from project.access import Role
from project.audit import AuditEntry
from project.locking import hold
from secrets_app.models import Secret, SecretsManager
from stores.models import Check, Component, Store
from stores.models.store import StoreQuerySet
from stores.secret_uses import uses_of
from tests.stores.secret_uses.keys import OTHER_KEY
from tests.support.pages import signed_in, words
from tests.support.threads import begin

pytestmark = pytest.mark.django_db


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


def test_digits_of_other_scripts_are_no_key(person: User) -> None:
    Secret.objects.create(
        pk=33, name="numbered", owner=person, manager=SecretsManager.objects.built_in()
    )

    replies = [
        signed_in(person).post(f"/secrets/read/?secret={typed}", {"schema": "azure"})
        for typed in ("33", "\u0663\u0663")
    ]

    assert [reply.status_code for reply in replies] == [200, 404]


def test_a_secret_that_does_not_fit_replaces_nothing(
    secret: Secret, stores: list[Store], add_secret: Callable[..., Secret], person: User
) -> None:
    other = add_secret("lonely", client_secret="kept")

    reply = signed_in(person).post(
        f"/secrets/secret/{secret.pk}/replace/", {"other": other.pk}, follow=True
    )

    assert "Nothing was changed. lonely does not fit: first:" in reply.content.decode()
    assert uses_of(secret, person).stores.seen == stores


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_what_somebody_changes_at_the_same_moment_stays(
    principal: Secret, add_secret: Callable[..., Secret], person: User
) -> None:
    other = add_secret("az_sp_new", **PRINCIPAL | {"client_secret": "two"})
    browser = signed_in(person)
    address = f"/secrets/secret/{principal.pk}/replace/"

    with transaction.atomic():
        component = hold(Component, Component.objects.get().pk)
        replacing = begin(lambda: browser.post(address, {"other": other.pk}))
        component.configuration = {"id": "{{az_sp.client_id}}", "region": "westeurope"}
        component.identity = "of ada"
        component.save()
    replacing.join()

    component.refresh_from_db()
    assert component.configuration == {"id": "{{az_sp_new.client_id}}", "region": "westeurope"}
    assert component.identity == "of ada"


def test_a_strangers_secret_replaces_nothing(
    secret: Secret, stores: list[Store], stranger: User, person: User
) -> None:
    theirs = Secret.objects.create(
        name="theirs", owner=stranger, manager=SecretsManager.objects.built_in()
    )

    reply = signed_in(person).post(f"/secrets/secret/{secret.pk}/replace/", {"other": theirs.pk})

    assert reply.status_code == 404
