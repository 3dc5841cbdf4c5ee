"""The seed's page, followed by hand from top to bottom: its two tabs in two empty installations,
and each of its hints where it applies and where it does not.

That a folder runs out of space is tested with the rules: no test fills a disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from project.access import Team
from secrets_app.models import Secret
from stores.defaults import ensure_defaults
from stores.models import ActiveStack, Component, Stack, Store
from tests.browser.conftest import Watch, sign_in
from tests.support.azurite import Azurite
from tests.support.servers import Broker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ELSEWHERE = "runs elsewhere and cannot see this machine's variables, but az_store uses implicit"
NO_OBJECTION = "No rule objects, and the store's last check was good."


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A busy machine takes longer to show what is waited for."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def reader(page: Page, watch: Watch, admin_user: User) -> User:
    """Who follows the page: the first person of an installation that is as `up` leaves it,
    signed in."""
    ensure_defaults(admin_user)
    sign_in(page)
    return admin_user


def go(page: Page, title: str) -> None:
    """Follow a link of the sidebar."""
    page.locator("#nav-sidebar").get_by_role("link", name=title).click()


def open_stack(page: Page, name: str) -> None:
    """Open the page of a stack, from the list."""
    go(page, "Stacks")
    page.locator("#result_list").get_by_role("link", name=name, exact=True).click()


def begin(page: Page, title: str, thing: str) -> None:
    """Open the form of a new thing, from the sidebar."""
    go(page, title)
    page.get_by_title(f"Add {thing}", exact=True).click()


def register_store(page: Page, address: str, secret: str = "") -> None:
    """Register the Azure artifact store."""
    begin(page, "Stores", "store")
    page.get_by_label("Flavor").select_option("azure")
    page.get_by_label("Address*", exact=True).fill(address)
    page.get_by_label("Secret", exact=True).fill(secret)
    page.get_by_label("Name*", exact=True).fill("az_store")
    note = page.get_by_text("With implicit sign-in, every component that runs elsewhere")
    expect(note).to_be_visible(visible=not secret)
    if not secret:
        page.get_by_label("Allow implicit sign-in").check()
    page.get_by_role("button", name="Save without checking").click()
    expect(page.get_by_text("Not checked yet.")).to_be_visible()


def begin_stack(page: Page) -> None:
    """Join the new artifact store with the orchestrator that is there, in a new stack."""
    begin(page, "Stacks", "stack")
    page.get_by_label("Artifact store").select_option(label="az_store")
    page.get_by_label("Orchestrator").select_option(label="default · local")
    page.get_by_label("Name*", exact=True).fill("custom_stack")


def new_component(page: Page, slot: str, flavor: str, name: str) -> None:
    """Make what a slot lacks, in the window that it opens."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name=f"New {slot.lower()}").click()
    form = opened.value
    form.get_by_label("Flavor").fill(flavor)
    form.get_by_label("Name*", exact=True).fill(name)
    with form.expect_event("close"):
        form.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label(slot).locator("option:checked")).to_contain_text(name)


def set_stack(page: Page) -> None:
    """Make the stack the active one, as `--set` does."""
    page.get_by_role("button", name="Make active").click()
    expect(page.get_by_text("custom_stack is your active stack now.")).to_be_visible()


def check_stack(page: Page, verdict: str) -> None:
    """Have a worker check the stack, and wait for what it comes to."""
    page.get_by_role("button", name="Check whole stack").click()
    expect(page.locator(".sr-verdict")).to_contain_text(verdict, timeout=60_000)


def findings(page: Page) -> Locator:
    """What is said to be wrong with the stack, on its page or beside its form."""
    return page.locator(".sr-finding")


def joined(stack: Stack) -> dict[str, str]:
    """What a stack has beside its store and its secrets manager, by type."""
    return {each.type: each.name for each in stack.components.all()}


def test_the_local_store_suffices_until_the_stack_asks_for_more(
    page: Page, watch: Watch, reader: User, embedded_broker: Broker, workers: Callable[..., Any]
) -> None:
    Team.objects.found("research", reader)
    workers(embedded_broker)
    open_stack(page, "default")
    check_stack(page, NO_OBJECTION)
    expect(findings(page)).to_have_count(0)

    page.get_by_role("link", name="Settings").click()
    beside = page.locator("#meaning")
    expect(beside).to_contain_text("Nothing wrong found")
    page.get_by_label("Team").select_option(label="research")
    expect(beside).to_contain_text(
        "This stack is shared, but default is a folder of this server: the others do not reach its"
        " artifacts from their machines."
    )
    page.get_by_label("Production").check()
    expect(beside).to_contain_text("This stack is marked production, but default is a folder")
    new_component(page, "Orchestrator", "kubeflow", "kubeflow")
    page.get_by_label("Description").fill("Trains every night.")
    expect(beside).to_contain_text("runs elsewhere and cannot reach default, a folder of this")
    page.get_by_role("button", name="Save with 1 problem").click()

    expect(page.locator(".sr-verdict")).to_have_text(
        "1 problem and 2 warnings: this stack does not work as it is."
    )
    expect(findings(page)).to_contain_text(
        [
            "kubeflow (orchestrator, kubeflow) runs elsewhere and cannot reach default",
            "This stack is shared, but default is a folder",
            "This stack is marked production, but default is a folder",
        ]
    )
    assert watch.complaints == []


def test_the_tab_implicit_authentication(
    page: Page,
    watch: Watch,
    reader: User,
    azurite: Azurite,
    embedded_broker: Broker,
    workers: Callable[..., Any],
) -> None:
    container = azurite.make_container("container-name")
    workers(
        embedded_broker,
        STOREROOM_ALLOW_IMPLICIT="true",
        AZURE_STORAGE_CONNECTION_STRING=azurite.connection_string,
    )

    register_store(page, f"az://{container}")
    begin_stack(page)
    beside = page.locator("#meaning")
    expect(beside).to_contain_text("You lose: showing and deleting artifacts from a ZenML server")
    expect(beside).not_to_contain_text("Problem")
    page.get_by_role("button", name="Save stack").click()
    set_stack(page)
    check_stack(page, NO_OBJECTION)

    expect(findings(page)).to_contain_text(["You lose: showing and deleting artifacts"])
    stack = Stack.objects.get(name="custom_stack")
    assert (stack.store.name, stack.store.path) == ("az_store", "az://container-name")
    assert (stack.store.flavor, stack.store.sign_in) == ("azure", "implicit")
    assert stack.secrets_manager is None
    assert joined(stack) == {"orchestrator": "default"}
    assert ActiveStack.objects.get(user=reader).stack == stack
    assert watch.complaints == []


def test_the_tabs_warning_names_each_component_that_runs_elsewhere(
    page: Page, watch: Watch, reader: User
) -> None:
    Store.objects.create(
        name="az_store", owner=reader, flavor="azure", path="az://models", sign_in="implicit"
    )

    begin_stack(page)
    new_component(page, "Orchestrator", "kubeflow", "kubeflow")
    new_component(page, "Step operator", "azureml", "azureml")
    new_component(page, "Model deployer", "seldon", "seldon")
    page.get_by_label("Description").fill("Runs in the cloud.")
    expect(page.locator("#meaning").get_by_text(ELSEWHERE)).to_have_count(3)
    expect(page.locator("#reach")).to_contain_text("Broken")
    page.get_by_role("button", name="Save with 3 problems").click()
    expect(findings(page)).to_contain_text(
        [
            f"seldon (model deployer, seldon) {ELSEWHERE}",
            f"kubeflow (orchestrator, kubeflow) {ELSEWHERE}",
            f"azureml (step operator, azureml) {ELSEWHERE}",
            "The store was never checked.",
            "You lose: showing and deleting artifacts",
        ]
    )

    # "If they are also running within the Azure Kubernetes Service …"
    page.get_by_role("link", name="kubeflow", exact=True).last.click()
    page.get_by_label("Where it runs").select_option(label="Azure Kubernetes Service")
    page.get_by_label("Identity").fill("train-identity")
    page.get_by_role("button", name="Save", exact=True).click()
    open_stack(page, "custom_stack")

    unproven = findings(page).filter(has_text="kubeflow (orchestrator, kubeflow)")
    expect(unproven).to_contain_text(
        "runs in Azure Kubernetes Service and can use a managed identity, which az_store needs"
        " there. Not proven yet. It is said to run as train-identity."
    )
    unproven.get_by_text("Give me the commands").click()
    expect(unproven).to_contain_text("az identity create --resource-group RESOURCE-GROUP")
    expect(findings(page).filter(has_text=ELSEWHERE)).to_contain_text(
        [
            "Name a secret in the store, such as a service principal",
            "Name a secret in the store, such as a service principal",
        ]
    )
    assert joined(Stack.objects.get(name="custom_stack")) == {
        "model_deployer": "seldon",
        "orchestrator": "kubeflow",
        "step_operator": "azureml",
    }
    assert Component.objects.get(name="kubeflow").identity == "train-identity"
    assert watch.complaints == []


def test_the_tab_secrets_manager(
    page: Page,
    watch: Watch,
    reader: User,
    azurite: Azurite,
    embedded_broker: Broker,
    workers: Callable[..., Any],
) -> None:
    container = azurite.make_container("your-container")
    workers(embedded_broker)

    register_store(page, f"az://{container}", secret="az_secret")
    begin(page, "Secrets managers", "secrets manager")
    page.get_by_label("Name*", exact=True).fill("secrets_manager")
    page.get_by_label("Flavor").select_option("local")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#result_list")).to_contain_text("secrets_manager")
    begin_stack(page)
    beside = page.locator("#meaning")
    expect(beside).to_contain_text(
        "az_store names the secret az_secret, but this stack has no secrets manager."
    )
    page.get_by_label("Secrets manager").select_option(label="secrets_manager")
    expect(beside).not_to_contain_text("no secrets manager")
    page.get_by_role("button", name="Save with 1 problem").click()
    set_stack(page)
    expect(findings(page)).to_contain_text(
        ["There is no secret az_secret. Create it.", "The store was never checked."]
    )
    page.get_by_role("button", name="Create az_secret").click()
    expect(page.get_by_label("Name*", exact=True)).to_have_value("az_secret")
    expect(page.get_by_label("Manager").locator("option:checked")).to_have_text("secrets_manager")
    page.get_by_label("Way to sign in").select_option("connection_string")
    page.get_by_label("Connection string", exact=True).fill(azurite.connection_string)
    page.get_by_role("button", name="Save secret", exact=True).click()
    expect(page.get_by_text("Saved as version 1.")).to_be_visible()
    page.get_by_role("link", name="custom_stack", exact=True).click()
    check_stack(page, NO_OBJECTION)

    expect(findings(page)).to_have_count(0)
    stack = Stack.objects.get(name="custom_stack")
    assert (stack.store.name, stack.store.path) == ("az_store", "az://your-container")
    assert (stack.store.sign_in, stack.store.authentication_secret) == ("from_secret", "az_secret")
    assert stack.secrets_manager is not None
    assert stack.secrets_manager.name == "secrets_manager"
    assert joined(stack) == {"orchestrator": "default"}
    assert ActiveStack.objects.get(user=reader).stack == stack
    secret = Secret.objects.get()
    assert (secret.name, secret.manager) == ("az_secret", stack.secrets_manager)
    assert secret.held_keys() == ["connection_string"]
    assert watch.complaints == []
