"""The permission matrix: marks, what a refused row takes, the message to an administrator."""

from __future__ import annotations

from typing import Any

import pytest

from stores.connectivity import probe
from stores.flavors.azure import AzureFlavor
from stores.flavors.base import Backend, Category, StoreError
from stores.flavors.local import LocalFlavor
from stores.permissions import matrix, message
from tests.stores.test_connectivity import Probed
from tests.support.memory import MemoryBackend

FACTS = {
    "account": "mlacct",
    "container": "ml",
    "signed_with": "token",
    "object_id": "0b1ec700-aaaa-bbbb-cccc-ddddeeeeffff",
}
SCOPE = (
    "/subscriptions/SUBSCRIPTION-ID/resourceGroups/RESOURCE-GROUP/providers/Microsoft.Storage"
    "/storageAccounts/mlacct/blobServices/default/containers/ml"
)
NAME = ".storeroom/probe-7"


def refuse(*_: Any, **__: Any) -> Any:
    raise StoreError(
        Category.PERMISSION,
        "The identity is known, but may not write.",
        "AuthorizationPermissionMismatch",
        "7f0e",
        "Give it the role.",
        "az role assignment create",
        "rbac_role",
    )


def busy(*_: Any, **__: Any) -> Any:
    raise StoreError(Category.TIMEOUT, "Azure did not finish in time.", "OperationTimedOut")


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> MemoryBackend:
    """A store whose service knows tags, tiers and links."""
    backend = MemoryBackend()
    backend.put("a", b"x")
    allowed = {"tags": str, "tier": str, "share": str}
    monkeypatch.setattr(backend, "facts", lambda: FACTS)
    monkeypatch.setattr(backend, "extras", lambda: allowed)
    return backend


def steps_of(backend: Backend, name: str | None = NAME) -> list[dict[str, Any]]:
    return [step.as_dict() for step in probe(Probed(backend), name, 20)]


def marks(steps: list[dict[str, Any]]) -> dict[str, str]:
    return {row.right: row.mark for row in matrix(steps, AzureFlavor())}


def test_what_was_done_is_proven(backend: MemoryBackend) -> None:
    assert marks(steps_of(backend)) == {
        "list": "proven",
        "read": "proven",
        "write": "proven",
        "overwrite": "proven",
        "delete": "proven",
        "tags": "proven",
        "tier": "proven",
        "share": "proven",
    }


def test_without_probes_only_list_and_read_are_tried(backend: MemoryBackend) -> None:
    rows = matrix(steps_of(backend, None), AzureFlavor())

    assert [row.mark for row in rows] == ["proven"] * 2 + ["untried"] * 6
    assert {row.words for row in rows[2:]} == {"Not tried: this store allows no probes."}
    assert rows[5].needs == "Role “Storage Blob Data Owner”"


def test_a_refused_row_has_its_code_and_what_it_takes(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "write", refuse)

    rows = {row.right: row for row in matrix(steps_of(backend), AzureFlavor())}

    assert rows["read"].mark == "proven"
    refused = rows["write"]
    assert (refused.mark, refused.code) == ("refused", "AuthorizationPermissionMismatch")
    assert refused.needs == "Role “Storage Blob Data Contributor”"
    assert refused.command == "az role assignment create"
    assert rows["overwrite"].mark == rows["delete"].mark == "untried"
    assert rows["delete"].words == "Skipped because step “Write” failed."


def test_what_failed_for_another_reason_is_neither_proven_nor_refused(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "extras", lambda: {"tags": busy, "tier": refuse})

    found = marks(steps_of(backend))

    assert (found["tags"], found["tier"], found["share"]) == ("unproven", "refused", "untried")


def test_a_leftover_probe_leaves_writing_anew_untried(backend: MemoryBackend) -> None:
    backend.put(NAME, b"left")

    found = marks(steps_of(backend))

    assert (found["write"], found["overwrite"]) == ("untried", "proven")


def test_a_check_that_came_not_so_far_has_no_matrix() -> None:
    assert matrix([{"name": "settings", "mark": "failed", "words": "No."}], AzureFlavor()) == []


def test_a_flavor_without_grants_shows_what_stores_are_for(backend: MemoryBackend) -> None:
    rows = matrix(steps_of(backend), LocalFlavor())

    assert [row.right for row in rows] == ["list", "read", "write", "overwrite", "delete"]


def test_the_message_asks_for_the_least_that_allows_all_that_was_refused(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "identify", lambda: "Signed in as the application `1f0c`.")
    monkeypatch.setattr(backend, "list", refuse)
    monkeypatch.setattr(backend, "delete", refuse)
    monkeypatch.setattr(backend, "extras", lambda: {"tags": refuse})
    steps = steps_of(backend)

    text = message(
        matrix(steps, AzureFlavor()), steps, AzureFlavor(), "az://ml", "3 Nov 2025 14:05 UTC"
    )

    assert text == (
        "Please allow Storeroom more on az://ml.\n"
        "\n"
        "Signed in as the application `1f0c`. Refused on 3 Nov 2025 14:05 UTC:\n"
        "- List, for checks, browsing, both sides of a transfer (AuthorizationPermissionMismatch,"
        " request 7f0e)\n"
        "- Delete, for a transfer that deletes extras, removing the probe"
        " (AuthorizationPermissionMismatch, request 7f0e)\n"
        "\n"
        "Give the identity the role “Storage Blob Data Contributor” on the container. It may take"
        " minutes to work.\n"
        "az role assignment create --assignee-object-id 0b1ec700-aaaa-bbbb-cccc-ddddeeeeffff"
        ' --assignee-principal-type ServicePrincipal --role "Storage Blob Data Contributor"'
        f' --scope "{SCOPE}"'
    )


def test_there_is_no_message_where_all_is_allowed_or_no_right_would_help(
    backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    fine = steps_of(backend)
    monkeypatch.setattr(backend, "write", busy)
    failed = steps_of(backend)

    for steps in (fine, failed):
        assert message(matrix(steps, AzureFlavor()), steps, AzureFlavor(), "az://ml", "") == ""
