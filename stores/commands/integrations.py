"""What the command `integration` does: say what is installed for a kind of storage."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.core.management import CommandError

# By integration, as ZenML names them, the packages that it takes. All of them come with Storeroom.
INTEGRATIONS = {"azure": ("azure-storage-blob", "azure-identity")}
COLUMNS = ("name", "installed", "packages")


def all_facts(names: Sequence[str]) -> list[dict[str, Any]]:
    """Facts of these integrations, without any of all. Raises `CommandError`."""
    return [_facts(name) for name in _known(names)]


def install(names: Sequence[str]) -> list[str]:
    """Say of each that there is nothing to install. Raises `CommandError` where there is."""
    sentences = []
    for facts in all_facts(names):
        missing = [name for name, found in facts["packages"].items() if found is None]
        if missing:
            raise CommandError(
                f"The integration {facts['name']} lacks {', '.join(missing)}: install what"
                " requirements.txt names (`pip install -r requirements.txt`)."
            )
        packages = ", ".join(f"{name} {found}" for name, found in facts["packages"].items())
        sentences.append(
            f"The integration {facts['name']} is installed ({packages}); nothing to do."
        )
    return sentences


def _known(names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in INTEGRATIONS:
            raise CommandError(
                f"There is no integration `{name}`. Integrations: {', '.join(INTEGRATIONS)}."
            )
    return names or list(INTEGRATIONS)


def _facts(name: str) -> dict[str, Any]:
    packages = {package: _version(package) for package in INTEGRATIONS[name]}
    return {"name": name, "installed": None not in packages.values(), "packages": packages}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
