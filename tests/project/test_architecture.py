"""The arrows of the architecture: which part may import which, read from its imports."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

# Lowest first: a module may import from its own layer and from those before it.
LAYERS = [
    ["project.home", "project.hosts", "project.keys", "project.environment"],
    ["project.settings", "project.celery", "project.folder_broker"],
    [
        "project.access",
        "project.audit",
        "project.entra",
        "project.history",
        "project.locking",
        "project.outgoing",
        "project.spreadsheets",
        "project.models",
        "project.apps",
    ],
    ["secrets_app.keyring", "secrets_app.schemas", "secrets_app.redaction"],
    ["secrets_app.sealing", "secrets_app.managers"],
    ["secrets_app.models", "secrets_app.apps"],
    ["secrets_app.changes", "secrets_app.expiry", "secrets_app.vaults"],
    ["secrets_app.references", "secrets_app.rotation"],
    ["stores.places", "stores.part_types"],
    ["stores.flavors"],
    ["stores.steps"],
    ["stores.proving"],
    [
        "stores.connectivity",
        "stores.permissions",
        "stores.comparison",
        "stores.transfers",
        "stores.files",
        "stores.zenml_yaml",
    ],
    ["stores.models", "stores.apps"],
    [
        "stores.stack_rules",
        "stores.secret_uses",
        "stores.secret_replacing",
        "stores.run_pages",
        "stores.forecast",
        "stores.history",
        "stores.last_good",
        "stores.step_history",
        "stores.reports",
        "stores.revealing",
        "stores.destroying",
        "stores.exporting",
        "stores.sharing",
        "stores.handing_over",
        "stores.inviting",
        "stores.team_stacks",
    ],
    ["stores.check_report"],
    ["stores.runs"],
    ["stores.tasks"],
    ["stores.dispatch"],
    [
        "project.list_rows",
        "project.templatetags",
        "project.refusals",
        "project.names_and_values",
        "project.owned_form",
        "project.deleting",
        "project.console",
    ],
    ["secrets_app.forms"],
    ["stores.forms"],
    ["stores.sample", "stores.defaults", "stores.importing"],
    [
        "stores.commands",
        "stores.views",
        "stores.urls",
        "stores.filesystem",
        "project.commands",
    ],
    ["secrets_app.admin", "stores.admin", "project.admin"],
    ["project", "secrets_app.management", "stores.management"],
]
TOPS = {"project", "secrets_app", "stores"}
# Each of the clouds' SDKs, with the only places that may import it.
SDKS = {
    "azure.storage": ("stores.flavors.azure",),
    "azure.keyvault": ("secrets_app.managers.azure_key_vault_client",),
    "azure.identity": ("project.entra",),
    "azure.core": (
        "stores.flavors.azure",
        "secrets_app.managers.azure_key_vault_client",
        "project.entra",
        "project.outgoing.transport",
    ),
    "botocore": ("stores.flavors.s3",),
    "google": ("stores.flavors.gcp",),
}


@cache
def modules() -> list[tuple[str, Path]]:
    found = []
    for package in ("project", "secrets_app", "stores"):
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
            if ".migrations" not in name:
                found.append((name.removesuffix(".__init__"), path))
    return found


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Everything that stands in the file."""
    return list(ast.walk(ast.parse(path.read_text())))


@cache
def imports(name: str, path: Path) -> list[str]:
    """Every module that is imported anywhere in the file, also inside functions."""
    found = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append(node.module)
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def layer(name: str) -> int:
    """The number of the most specific entry that the module is or lies in."""
    fitting = [
        (len(entry), number)
        for number, entries in enumerate(LAYERS)
        for entry in entries
        if name == entry or name.startswith(f"{entry}.")
    ]
    return max(fitting)[1]


@pytest.mark.parametrize(("name", "path"), modules(), ids=lambda value: str(value))
def test_imports_go_one_way(name: str, path: Path) -> None:
    known = {module for module, _ in modules()}

    upwards = [
        imported
        for imported in imports(name, path)
        if imported in known - TOPS and layer(imported) > layer(name)
    ]

    assert upwards == []


def test_secrets_app_never_imports_stores() -> None:
    offenders = [
        name
        for name, path in modules()
        if name.startswith("secrets_app")
        and any(imported.split(".")[0] == "stores" for imported in imports(name, path))
    ]

    assert offenders == []


def test_nothing_imports_admin_but_admin() -> None:
    offenders = [
        (name, imported)
        for name, path in modules()
        for imported in imports(name, path)
        if imported.split(".")[0] in ("project", "secrets_app", "stores")
        and "admin" in imported.split(".")[1:2]
        and ".admin" not in name
    ]

    assert offenders == []


@pytest.mark.parametrize("sdk", SDKS)
def test_each_sdk_is_imported_in_its_room_only(sdk: str) -> None:
    offenders = [
        name
        for name, path in modules()
        if not name.startswith(SDKS[sdk])
        and any(imported.startswith(sdk) for imported in imports(name, path))
    ]

    assert offenders == []


# Modules that use sockets of their own, none of them for a call that leaves the server.
OWN_SOCKETS = {
    "project.management.commands.up": "whether its web server's port is free, and answers",
    "project.sample_keeper": "whether the embedded Azure's port is free, and answers",
    "stores.management.commands.sample": "whether the embedded Azure answers",
}
OPENERS = {"socket", "create_connection", "getaddrinfo"}
# Clients that ask this machine's own platform, at a place that no user can name.
WITHOUT_TRANSPORT = {
    "AzureNamedKeyCredential",
    "AzureSasCredential",
    "AzureCliCredential",
    "ManagedIdentityCredential",
}


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in the file, with the last part of what is called."""
    for node in nodes(path):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2], node


def test_w25_only_the_transport_opens_sockets_or_loads_an_http_library() -> None:
    openers = {name for name, path in modules() for called, _ in calls(path) if called in OPENERS}
    loaders = {
        name
        for name, path in modules()
        for imported in imports(name, path)
        if imported.startswith(("requests", "urllib3", "aiohttp", "httpx", "urllib.request"))
        and not imported.startswith(("urllib3.exceptions", "requests.exceptions"))
    }

    assert openers - OWN_SOCKETS.keys() == {"project.outgoing", "project.outgoing.transport"}
    assert loaders == {"project.outgoing.transport"}


def test_w25_every_client_of_an_sdk_is_given_the_transport() -> None:
    offenders = [
        (name, called)
        for name, path in modules()
        if any(imported.startswith("azure.") for imported in imports(name, path))
        for called, node in calls(path)
        if called.endswith(("Client", "Credential")) and called not in WITHOUT_TRANSPORT
        if called in {imported.rpartition(".")[2] for imported in imports(name, path)}
        and "transport" not in {keyword.arg for keyword in node.keywords}
    ]

    assert offenders == []


def test_the_web_process_never_loads_a_storage_sdk() -> None:
    """W29's first half: no page can reach a cloud, because the SDK is not even there."""
    code = (
        "import django, sys; django.setup(); import project.urls, project.wsgi;"
        "from django.urls import reverse; reverse('admin:index');"
        "heavy = ('azure.', 'botocore', 'google', 'requests', 'urllib3');"
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "project.settings"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
