"""That something was changed on which what is said of stacks rests."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.db import connection, models

from project.access import updated
from secrets_app.models import Secret, SecretsManager, SecretVersion
from stores.models.stack import Component, Stack, StackShare
from stores.models.stack_check import StackCheck
from stores.models.store import Store

WATCHED = (
    Component,
    Secret,
    SecretVersion,
    SecretsManager,
    Stack,
    StackCheck,
    StackShare,
    Store,
)
# What a check of a store finds out is read anew whenever a stack is judged.
FOUND_OUT = {"state", "state_words", "checked_at"}
# So many bits make two sums differ but for one time in 10**12, and 2**23 rows fit into a sum.
BITS = 40
# How many of the last changes are kept.
KEPT = 1000


def _mark() -> int:
    return secrets.randbits(BITS)


class ChangeQuerySet(models.QuerySet[Any]):
    """Changes."""

    def note(self) -> None:
        """Let the present transaction change `stamp`. A row of its own waits for nobody."""
        made = self.create()
        if made.pk % KEPT == 0:
            self.filter(pk__lte=made.pk - KEPT).delete()

    def stamp(self) -> int:
        """What tells the present state of all that is watched from those before: another number
        once a change is committed, in whatever order they are."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT SUM(mark) FROM {self.model._meta.db_table}")  # noqa: S608
            return int(cursor.fetchone()[0] or 0)


class Change(models.Model):
    """One change to something that is watched."""

    mark = models.BigIntegerField(default=_mark)

    objects: ClassVar[Any] = ChangeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Change {self.pk}"


def watch() -> None:
    """Note from now on whenever one of these things is saved, updated or deleted, and whenever a
    stack's components become others."""
    for model in WATCHED:
        for signal in (models.signals.post_save, models.signals.post_delete, updated):
            signal.connect(_note, sender=model, dispatch_uid=f"change of {model._meta.label}")
    models.signals.m2m_changed.connect(
        _note, sender=Stack.components.through, dispatch_uid="change of a stack's components"
    )


def _note(action: str = "", fields: frozenset[str] = frozenset(), **_: Any) -> None:
    """Note a change, unless it is about to come, or is what a check found out."""
    if not action.startswith("pre_") and not (fields and fields <= FOUND_OUT):
        Change.objects.note()
