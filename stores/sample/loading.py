"""Bring the sample: artifacts into a folder and into the embedded Azure, and the rows for them.

Only the command imports this, as it loads the storage SDK: the web process does without.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from project import audit
from secrets_app.models import Secret, SecretsManager
from stores import dispatch
from stores.flavors import FLAVORS
from stores.flavors.azure.client import create_container
from stores.flavors.base import AlreadyExists, SignIn
from stores.models import Component, Stack, Store, Transfer
from stores.sample import artifacts, state
from stores.sample.removing import SampleError, kept
from stores.sample.state import Emulator, State, Status

LABELS = {"sample": "yes"}


def load(owner: Any, emulator: Emulator | None) -> None:
    """Bring the sample that is wanted; without an emulator, its local part.

    A sample that is loaded is only told the emulator's new port. Raises `SampleError` where a
    name is taken, and `StoreError` when the emulator refuses.
    """
    if state.status().is_loaded:
        _follow(emulator)
        return
    _fill_folder()
    if emulator:
        _fill_container(emulator)
    with state.lock():
        if not state.status().is_coming:
            return  # removed in the meantime
        with transaction.atomic():
            rows = _create(owner, emulator)
            _set_going(rows, owner)
        where = "is loaded" if emulator else "is loaded, without Azure"
        words = f"The sample {where}; removing it deletes all artifacts in its stores, yours too."
        port = emulator.port if emulator else 0
        state.write(Status(State.LOADED, words, rows, port))


def _follow(emulator: Emulator | None) -> None:
    """Let the sample's secret name the port where the emulator answers now."""
    if emulator is None:
        return
    with state.lock():
        current = state.status()
        if not current.is_loaded or emulator.port == current.port:
            return
        with transaction.atomic():
            for secret in kept(Secret, current.rows):
                secret.replace({"connection_string": emulator.connection_string})
                audit.record(None, "changed", secret, "the embedded Azure's new port")
        state.write(replace(current, port=emulator.port))


def _set_going(rows: dict[str, list[int]], owner: Any) -> None:
    """Queue what fills the pages: a check of each store that can be used, and a plan."""
    for store in kept(Store, rows).exclude(sign_in=SignIn.IMPLICIT):
        dispatch.check(store, by=owner)
    for transfer in kept(Transfer, rows):
        dispatch.plan(transfer, by=owner)


def _fill_folder() -> None:
    for name, content in artifacts.artifacts():
        path = state.artifacts_folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _fill_container(emulator: Emulator) -> None:
    values = {"connection_string": emulator.connection_string}
    create_container(values, state.CONTAINER)
    address = f"az://{state.CONTAINER}"
    with FLAVORS["azure"].open(address, {}, SignIn.CONNECTION_STRING, values) as container:
        for name, content in artifacts.artifacts_in_azure():
            with suppress(AlreadyExists):
                container.write(name, [content], size=len(content))


def _create(owner: Any, emulator: Emulator | None) -> dict[str, list[int]]:
    """Make the rows; returns their keys by model."""
    rows: dict[str, list[int]] = {}

    def add(thing: Any) -> Any:
        thing.owner = owner
        try:
            thing.full_clean()
        except ValidationError as error:
            name, words = getattr(thing, "name", thing), " ".join(error.messages)
            raise SampleError(f"The sample's `{name}` cannot be made: {words}") from None
        thing.save()
        rows.setdefault(thing._meta.label_lower, []).append(thing.pk)
        audit.record(owner, "added", thing, "the sample")
        return thing

    manager = SecretsManager.objects.built_in()
    folder = add(
        Store(
            name="sample_folder",
            flavor="local",
            path=FLAVORS["local"].clean_path(str(state.artifacts_folder())),
            sign_in=SignIn.NONE,
            description="Some artifacts of a small training pipeline, in a folder here.",
            labels=LABELS,
        )
    )
    if emulator:
        secret = add(
            Secret(
                name="sample_secret",
                manager=manager,
                schema="azure",
                description="Signs in to the embedded Azure, which answers on this machine only.",
            )
        )
        secret.replace({"connection_string": emulator.connection_string}, by=owner)
        azure, implicit = add(_azure_store()), add(_implicit_store())
        add(Transfer(source=folder, target=azure, target_prefix="from-folder"))
    kubeflow = add(
        Component(
            name="sample_kubeflow",
            type=Component.Type.ORCHESTRATOR,
            flavor="kubeflow",
            description="Stands for a Kubeflow that runs pipelines in a cluster.",
            labels=LABELS,
        )
    )
    stack = add(
        Stack(
            name="sample_stack",
            store=implicit if emulator else folder,
            secrets_manager=manager,
            description=MISTAKE if emulator else MISTAKE_WITHOUT_AZURE,
        )
    )
    stack.components.add(kubeflow)
    return rows


def _azure_store() -> Store:
    return Store(
        name="sample_azure",
        flavor="azure",
        path=f"az://{state.CONTAINER}",
        sign_in=SignIn.FROM_SECRET,
        authentication_secret="sample_secret",  # noqa: S106
        allow_probes=True,
        description="A container in the embedded Azure. Nothing leaves this machine.",
        labels=LABELS,
    )


def _implicit_store() -> Store:
    return Store(
        name="sample_implicit",
        flavor="azure",
        path=f"az://{state.CONTAINER}",
        sign_in=SignIn.IMPLICIT,
        description="The same container without a secret: it would sign in implicitly.",
        labels=LABELS,
    )


MISTAKE = (
    "A stack with a mistake in it, to be found: its store signs in implicitly, with what the"
    " machine's environment holds, but Kubeflow runs elsewhere and does not have that environment."
    " With sample_azure, which names a secret, it would work."
)
MISTAKE_WITHOUT_AZURE = (
    "A stack with a mistake in it, to be found: its store is a folder of this server, but Kubeflow"
    " runs elsewhere and cannot reach it."
)
