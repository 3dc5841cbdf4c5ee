"""Statements that rest on nothing but who asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

# SQL and its parameters, as `QuerySet.query.sql_with_params()` gives them.
Statement = tuple[str, tuple[Any, ...]]
# For how many people a process keeps each.
MOST_KEPT = 1000


def kept_for_each_person(build: Callable[[Any], Statement]) -> Callable[[Any], list[Any]]:
    """A function that takes a person whose account is active, and gives the rows of the statement
    that `build` puts together for them. Each process does that once for each person, as it takes
    Django longer than the database to answer. What `build` is given tells who it is and whether a
    superuser, and no more."""

    @lru_cache(maxsize=MOST_KEPT)
    def statement(person: int, superuser: bool) -> Statement:
        return build(User(pk=person, is_superuser=superuser))

    def rows(user: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(*statement(user.pk, user.is_superuser))
            return cursor.fetchall()

    return rows
