"""What the tests of the commands share."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

Run = Callable[..., str]


@pytest.fixture
def run(admin_user: User) -> Run:
    """Run a command, as the first superuser unless --as says otherwise, and return what it
    prints."""

    def run_command(*words: str) -> str:
        printed = io.StringIO()
        call_command(*words, stdout=printed)
        return printed.getvalue()

    return run_command


@pytest.fixture
def run_json(run: Run) -> Callable[..., Any]:
    """Run a command and return the JSON that it prints."""
    return lambda *words: json.loads(run(*words, "--output", "json"))


@pytest.fixture
def refusal(run: Run) -> Callable[..., CommandError]:
    """Run a command that is refused in one line, and return the refusal."""

    def refused(*words: str) -> CommandError:
        with pytest.raises(CommandError) as error:
            run(*words)
        assert "\n" not in str(error.value)
        return error.value

    return refused
