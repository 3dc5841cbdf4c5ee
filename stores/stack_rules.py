"""What is wrong with a stack, as findings. Looks at the stack's parts, asks no network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from secrets_app.expiry import expiry_of
from secrets_app.models import Secret
from secrets_app.references import dangling
from stores.flavors.base import SignIn
from stores.models import Component, Stack, Store

# Types of components that work with the store directly, as the seed's warning names them.
NEED_THE_STORE = {
    Component.Type.ORCHESTRATOR,
    Component.Type.STEP_OPERATOR,
    Component.Type.MODEL_DEPLOYER,
}
# Flavors of these that run where the person is; all others run elsewhere.
RUN_HERE = {"local", "local_docker", "mlflow", "bentoml"}


@dataclass(frozen=True)
class Finding:
    """One statement about a stack. `level` is "problem" or "warning"."""

    level: str
    about: str
    words: str
    action: str = ""


def findings(stack: Stack) -> Iterator[Finding]:
    """Everything that the rules say about the stack, problems before warnings."""
    components = list(stack.components.all())
    remote = [c for c in components if c.type in NEED_THE_STORE and c.flavor not in RUN_HERE]
    yield from _sign_in(stack, remote)
    yield from _secret(stack)
    yield from _references(stack)
    if not any(component.type == Component.Type.ORCHESTRATOR for component in components):
        yield Finding("problem", stack.name, "No orchestrator chosen. Required.")
    if stack.store.state == Store.State.FAILING:
        yield Finding(
            "warning",
            stack.store.name,
            f"The store's last check failed: {stack.store.state_words}",
        )
    if not stack.store.kind.opens:
        yield Finding("warning", stack.store.name, stack.store.kind.cannot_open)
    elif stack.store.state == Store.State.NEVER:
        yield Finding("warning", stack.store.name, "The store was never checked.", "Check it.")


def _sign_in(stack: Stack, remote: list[Component]) -> Iterator[Finding]:
    """Whether the components that run elsewhere can reach the store with its sign-in."""
    store = stack.store
    for component in remote:
        if store.sign_in == SignIn.NONE:
            yield Finding(
                "problem",
                component.name,
                f"{component} runs elsewhere and cannot reach {store.name}, a folder of this"
                " server.",
                "Choose a store in shared storage.",
            )
        elif store.sign_in == SignIn.IMPLICIT:
            yield Finding(
                "problem",
                component.name,
                f"{component} runs elsewhere and cannot see this machine's variables, but"
                f" {store.name} uses implicit sign-in.",
                "Name a secret in the store, or run the component in AKS with a managed identity.",
            )
        elif SignIn(store.sign_in).is_ambient:
            yield Finding(
                "warning",
                component.name,
                f"{component} runs elsewhere and signs in as itself, but {store.name} signs in as"
                f" whatever Storeroom's workers run as ({SignIn(store.sign_in).label}).",
                "Give the component an identity with the same rights, or name a secret in the"
                " store.",
            )


def _secret(stack: Stack) -> Iterator[Finding]:
    """Whether the secret that the store names can be found and read."""
    name = stack.store.authentication_secret
    if not name:
        return
    if stack.secrets_manager is None:
        yield Finding(
            "problem",
            stack.store.name,
            f"{stack.store.name} names the secret {name}, but this stack has no secrets manager."
            " ZenML will not find it.",
            "Add a secrets manager.",
        )
    secret = stack.store.secret()
    if secret is None:
        yield Finding("problem", stack.store.name, f"There is no secret {name}.", "Create it.")
    elif reason := secret.unreadable():
        yield Finding("problem", name, f"{name} {reason}.", "Enter its values again.")
    else:
        yield from _end(secret)


def _end(secret: Secret) -> Iterator[Finding]:
    """Whether the secret has ended, or soon will."""
    expiry = expiry_of(secret, timezone.now())
    if expiry is None or expiry.level == "fine":
        return
    over = expiry.level == "over" and expiry.refused
    yield Finding(
        "problem" if over else "warning", secret.name, f"{secret}: {expiry.words}.", "Replace it."
    )


def _references(stack: Stack) -> Iterator[Finding]:
    """References in the settings of parts that lead nowhere."""
    for part in stack.parts():
        for words in dangling(part, part.configuration):
            yield Finding("problem", part.name, words, "Correct the reference.")
