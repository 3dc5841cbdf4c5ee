"""Whether what runs elsewhere can reach the store: the seed's warning, as rules. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stores.flavors.base import SignIn
from stores.models import Component
from stores.permissions import facts_of
from stores.places import parts_of
from stores.stack_rules.facts import Facts
from stores.stack_rules.finding import LOSES, PROBLEM, WARNING, Finding, Mend
from stores.stack_rules.whereabouts import NEED_THE_STORE, RunsOn, Whereabouts, whereabouts

# https://learn.microsoft.com/azure/aks/workload-identity-deploy-cluster
IN_AKS = """\
az aks update --resource-group RESOURCE-GROUP --name CLUSTER --enable-oidc-issuer \
--enable-workload-identity
az identity create --resource-group RESOURCE-GROUP --name IDENTITY
az identity federated-credential create --resource-group RESOURCE-GROUP \
--identity-name IDENTITY --name storeroom \
--issuer "$(az aks show --resource-group RESOURCE-GROUP --name CLUSTER \
--query oidcIssuerProfile.issuerUrl --output tsv)" \
--subject system:serviceaccount:NAMESPACE:SERVICE-ACCOUNT \
--audiences api://AzureADTokenExchange
az role assignment create --assignee-object-id "$(az identity show \
--resource-group RESOURCE-GROUP --name IDENTITY --query principalId --output tsv)" \
--assignee-principal-type ServicePrincipal --role "Storage Blob Data Contributor" \
--scope /subscriptions/SUBSCRIPTION-ID/resourceGroups/RESOURCE-GROUP/providers\
/Microsoft.Storage/storageAccounts/ACCOUNT/blobServices/default/containers/CONTAINER"""


def elsewhere(facts: Facts) -> list[Whereabouts]:
    """The components that work with the store directly and run elsewhere."""
    components = (each for each in facts.sketch.components if each.type in NEED_THE_STORE)
    return [each for each in map(whereabouts, components) if each.elsewhere]


def reach(facts: Facts) -> Iterator[Finding]:
    """What the store's sign-in means for components that run elsewhere."""
    store, sign_in = facts.store, facts.sign_in
    if store is None or sign_in is None:
        return
    for place in elsewhere(facts):
        if sign_in == SignIn.NONE:
            yield _folder(facts, place)
        elif sign_in.is_ambient and place.runs_on == RunsOn.AKS and store.flavor == "azure":
            yield from _in_aks(facts, place)
        elif sign_in == SignIn.IMPLICIT:
            yield _implicit(facts, place)
        elif sign_in.is_ambient:
            yield _ambient(facts, place)
    if sign_in.is_ambient:
        yield Finding(
            "implicit-loses",
            LOSES,
            store,
            "You lose: showing and deleting artifacts from a ZenML server; implicit sign-in is"
            " off there by default.",
            "Name a secret in the store.",
            mends=use_secret(facts),
        )


def use_secret(facts: Facts) -> tuple[Mend, ...]:
    """What lets the store use one of the secrets that the person may use."""
    return tuple(
        Mend("use-secret", f"Use secret {secret.name}", secret.pk)
        for secret in facts.offers.fitting
    )


def proven_identity(facts: Facts, component: Component) -> bool:
    """Whether the store's last check succeeded with the very identity by which the component is
    said to run: Storeroom's workers run as the same one."""
    check, identity = facts.check, component.identity.strip().casefold()
    if check is None or not identity or check.failed_step:
        return False
    found = facts_of(check.steps)
    names = re.findall(r"[\w.-]*\w", found.get("identity", "").casefold())
    return found.get("signed_with") == "token" and identity in {
        found.get("object_id", "").casefold(),
        *names,
    }


def _folder(facts: Facts, place: Whereabouts) -> Finding:
    return Finding(
        "folder-out-of-reach",
        PROBLEM,
        place.component,
        _joined(
            f"{place.component} runs {place.words} and cannot reach {facts.store}, a folder of"
            " this server.",
            place.note,
        ),
        "Choose a store in shared storage.",
    )


def _implicit(facts: Facts, place: Whereabouts) -> Finding:
    aks = facts.store is not None and facts.store.flavor == "azure"
    return Finding(
        "implicit-out-of-reach",
        PROBLEM,
        place.component,
        _joined(
            f"{place.component} runs {place.words} and cannot see this machine's variables, but"
            f" {facts.store} uses implicit sign-in.",
            place.note,
        ),
        "Name a secret in the store, such as a service principal"
        + (", or run the component in AKS with a managed identity." if aks else "."),
        mends=use_secret(facts),
    )


def _ambient(facts: Facts, place: Whereabouts) -> Finding:
    label = facts.sign_in.label if facts.sign_in else ""
    return Finding(
        "identity-not-shared",
        WARNING,
        place.component,
        _joined(
            f"{place.component} runs {place.words} and signs in as itself, but {facts.store} signs"
            f" in as whatever Storeroom's workers run as ({label}).",
            place.note,
        ),
        "Give the component an identity with the same rights, or name a secret in the store.",
        mends=use_secret(facts),
    )


def _in_aks(facts: Facts, place: Whereabouts) -> Iterator[Finding]:
    if proven_identity(facts, place.component):
        return
    component = place.component
    who = f" It is said to run as `{component.identity}`." if component.identity else ""
    yield Finding(
        "aks-identity-unproven",
        WARNING,
        component,
        f"{component} runs in Azure Kubernetes Service and can use a managed identity, which"
        f" {facts.store} needs there. Not proven yet.{who}",
        "Give it one by the commands below and name it in the component's settings; or name a"
        " secret in the store.",
        commands=IN_AKS.replace("CONTAINER", _container(facts)),
        mends=use_secret(facts),
    )


def _container(facts: Facts) -> str:
    """The container that the store lies in."""
    return parts_of(facts.store.path)[1] if facts.store else ""


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
