"""What the command `integration` does: say what is installed for a kind of storage, and install
what is missing."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.conf import settings
from django.core.management import CommandError

from stores.flavors import FLAVORS

# By integration, as ZenML names them, the packages that it takes. Azure's are in requirements.txt,
# so that usually nothing of it is missing; the others' in a file of their own.
INTEGRATIONS = {slug: flavor.packages for slug, flavor in FLAVORS.items() if flavor.packages}
COLUMNS = ("name", "installed", "packages")


def all_facts(names: Sequence[str]) -> list[dict[str, Any]]:
    """Facts of these integrations, without any of all. Raises `CommandError`."""
    return [_facts(name) for name in _known(names)]


def missing(names: Sequence[str]) -> list[str]:
    """The packages that these integrations lack, without any all. Raises `CommandError`."""
    return [
        package
        for facts in all_facts(names)
        for package, found in facts["packages"].items()
        if found is None
    ]


def install(packages: Sequence[str]) -> str:
    """Install the packages where this Python has its own, in the versions of the requirements
    files, and say so. Raises `CommandError`."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    files = [settings.BASE_DIR / "requirements.txt"]
    files += [settings.BASE_DIR / f"requirements-{name}.txt" for name in INTEGRATIONS]
    pins = [f"--constraint={path}" for path in files if path.exists()]
    done = subprocess.run([*pip, *pins, *packages], check=False)  # noqa: S603
    if done.returncode:
        raise CommandError(f"pip did not install {', '.join(packages)}; its words stand above.")
    importlib.invalidate_caches()
    return f"Installed {', '.join(packages)}. Workers that run already have to be started again."


def states(names: Sequence[str]) -> list[str]:
    """Say of each of these integrations, without any of all, what is installed for it. Raises
    `CommandError`."""
    sentences = []
    for facts in all_facts(names):
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
