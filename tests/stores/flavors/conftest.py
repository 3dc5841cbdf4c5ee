"""What the tests of the flavors share."""

import os
from collections.abc import Iterator

import pytest

from tests.support.azurite import Azurite, AzuriteMissing


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """A running Azurite. Missing, it is fine at a desk and an error in CI."""
    try:
        running = Azurite()
    except AzuriteMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    with running:
        yield running
