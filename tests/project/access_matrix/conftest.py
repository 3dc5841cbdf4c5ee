"""Who and what the matrix is about."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from tests.support.matrix import Scene, set_scene


@pytest.fixture
def scene(person: User, admin_user: User) -> Scene:
    """Bea's things, and somebody of each role."""
    return set_scene(person, admin_user)
