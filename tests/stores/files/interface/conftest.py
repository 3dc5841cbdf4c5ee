"""The file interface of a store, the same for every flavor: in memory, in a folder, in Azurite."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from stores.flavors.azure import AzureFlavor
from stores.flavors.base import SignIn
from stores.flavors.local import LocalFlavor
from tests.stores.files.interface.opened import Opened, in_memory


@pytest.fixture
def local_store(tmp_path: Any, settings: Any) -> Opened:
    settings.STOREROOM_LOCAL_ROOTS = [str(tmp_path)]
    flavor = LocalFlavor()
    path = flavor.clean_path(str(tmp_path / "team"))
    backend = flavor.open(path, {}, SignIn.NONE, {})
    backend.connect()
    return Opened(backend, path, flavor.schemes)


@pytest.fixture
def azure_store(azurite: Any) -> Opened:
    container = azurite.make_container(f"c{uuid.uuid4().hex}")
    values = {"connection_string": azurite.connection_string}
    flavor = AzureFlavor()
    path = f"az://{container}/team"
    backend = flavor.open(path, {}, SignIn.FROM_SECRET, values)
    return Opened(backend, path, flavor.schemes)


@pytest.fixture(params=["memory", "local", "azure"])
def store(request: Any) -> Iterator[Opened]:
    opened = (
        in_memory()
        if request.param == "memory"
        else request.getfixturevalue(f"{request.param}_store")
    )
    with opened.files:
        yield opened
