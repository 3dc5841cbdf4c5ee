"""The file interface: what the store refuses, in the errors of Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stores.files import Files
from stores.flavors.base import Category, StoreError
from tests.support.memory import MemoryBackend


class Refusing(MemoryBackend):
    """A store whose every answer is one error."""

    def __init__(self, category: Category) -> None:
        super().__init__()
        self._error = StoreError(category, "The words.", "Code", "id", "The action.")

    def list(self, prefix: str = "", *, page_size: int | None = None) -> Iterator[Any]:
        raise self._error

    def stat(self, name: str) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        (Category.CONTAINER_MISSING, FileNotFoundError),
        (Category.PERMISSION, PermissionError),
        (Category.SIGN_IN, PermissionError),
        (Category.SECRET_MISSING, PermissionError),
        (Category.TIMEOUT, TimeoutError),
        (Category.CONNECT, ConnectionRefusedError),
        (Category.THROTTLED, OSError),
        (Category.UNKNOWN, OSError),
    ],
)
def test_a_refusal_is_an_error_of_pythons_with_the_stores_words(
    category: Category, kind: type[OSError]
) -> None:
    files = Files(Refusing(category), "memory://store", ("memory",))

    for action in (files.stat, files.listdir):
        with pytest.raises(kind, match=r"The words\. The action\.") as caught:
            action("memory://store/a")
        assert isinstance(caught.value.__cause__, StoreError)


def test_a_store_that_may_not_be_asked_is_not_said_to_be_empty() -> None:
    files = Files(Refusing(Category.PERMISSION), "memory://store", ("memory",))

    for action in (files.exists, files.isdir, files.glob):
        with pytest.raises(PermissionError):
            action("memory://store/a*")


def test_a_missing_container_does_not_exist() -> None:
    files = Files(Refusing(Category.CONTAINER_MISSING), "memory://store", ("memory",))

    assert not files.exists("memory://store")
    assert not files.isdir("memory://store")
