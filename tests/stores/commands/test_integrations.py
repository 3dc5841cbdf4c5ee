"""The command `integration`; it needs no database."""

from __future__ import annotations

import io
import json
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from stores.commands import integrations

# django-typer declares its own options in a way that typer has come to dislike.


def run(*words: str) -> str:
    printed = io.StringIO()
    call_command("integration", *words, stdout=printed)
    return printed.getvalue()


def test_there_is_nothing_to_install_for_azure() -> None:
    blob, identity = version("azure-storage-blob"), version("azure-identity")

    assert run("install", "azure", "-y") == (
        f"The integration azure is installed (azure-storage-blob {blob}, azure-identity"
        f" {identity}); nothing to do.\n"
    )


def test_the_list_says_what_is_installed() -> None:
    assert json.loads(run("list", "--output=json")) == [
        {
            "name": "azure",
            "installed": True,
            "packages": {
                "azure-storage-blob": version("azure-storage-blob"),
                "azure-identity": version("azure-identity"),
            },
        },
        {"name": "s3", "installed": True, "packages": {"botocore": version("botocore")}},
        {
            "name": "gcp",
            "installed": True,
            "packages": {"google-cloud-storage": version("google-cloud-storage")},
        },
    ]


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where pip looks for packages, in the place of the network; it installs beside them."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "installed"))
    (tmp_path / "installed").mkdir()
    monkeypatch.syspath_prepend(tmp_path / "installed")
    monkeypatch.setitem(integrations.INTEGRATIONS, "azure", ("storeroom-stand-in",))
    return tmp_path


def make_wheel(folder: Path) -> None:
    """A package without any code."""
    info = "storeroom_stand_in-1.2.dist-info"
    with zipfile.ZipFile(folder / "storeroom_stand_in-1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: storeroom-stand-in\nVersion: 1.2\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


def test_a_missing_package_is_installed(packages: Path) -> None:
    make_wheel(packages)

    first, second = run("install", "azure", "-y"), run("install", "azure", "-y")

    assert first == (
        "Installed storeroom-stand-in. Workers that run already have to be started again.\n"
    )
    assert second == (
        "The integration azure is installed (storeroom-stand-in 1.2); nothing to do.\n"
    )


def test_nothing_is_installed_without_a_yes(packages: Path) -> None:
    make_wheel(packages)

    with pytest.raises(CommandError, match="nobody is there: give --yes"):
        run("install", "azure")

    assert list((packages / "installed").iterdir()) == []


def test_what_pip_cannot_install_is_said_in_one_line(packages: Path) -> None:
    with pytest.raises(CommandError) as error:
        run("install", "azure", "-y")

    assert str(error.value) == "pip did not install storeroom-stand-in; its words stand above."


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-s3.txt"])
def test_a_missing_package_is_installed_in_the_version_of_the_requirements(
    packages: Path, settings: Settings, file: str
) -> None:
    settings.BASE_DIR = packages
    (packages / file).write_text("storeroom-stand-in==1.1\n")
    make_wheel(packages)

    with pytest.raises(CommandError, match="pip did not install storeroom-stand-in"):
        run("install", "azure", "-y")


def test_an_unknown_integration_is_refused_with_those_there_are() -> None:
    with pytest.raises(CommandError) as error:
        run("install", "kubeflow")

    assert str(error.value) == (
        "There is no integration `kubeflow`. Integrations: azure, s3, gcp."
    )
