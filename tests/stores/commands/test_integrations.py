"""The command `integration`; it needs no database."""

from __future__ import annotations

import io
import json
from importlib.metadata import version

import pytest
from django.core.management import CommandError, call_command

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
        }
    ]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(integrations.INTEGRATIONS, "azure", ("no-such-package",))

    with pytest.raises(CommandError, match="The integration azure lacks no-such-package"):
        run("install", "azure")


def test_an_unknown_integration_is_refused_with_those_there_are() -> None:
    with pytest.raises(CommandError) as error:
        run("install", "gcp")

    assert str(error.value) == "There is no integration `gcp`. Integrations: azure."
