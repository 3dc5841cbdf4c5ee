"""One of each thing there is."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from tests.support.pages import (
    World,
    furnish,
)


@pytest.fixture
def world(person: User) -> World:
    return furnish(person)
