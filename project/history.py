"""Revisions: what a thing was after each change, who changed it and when.

Kept by django-simple-history, a table beside each table, and kept when the thing is deleted. What
workers see of a thing (a store's state) is no part of it.
https://django-simple-history.readthedocs.io/
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from django.db import models, transaction
from simple_history.models import HistoricalRecords

MARK = "_begun_revision"
_acting: ContextVar[Any] = ContextVar("acting", default=None)


def act_as(user: Any) -> None:
    """Let `user` be who makes the changes from now on, where there is no request to tell: a
    command says for whom it runs, and says None at its end."""
    _acting.set(user)


def _who(request: Any, **_: Any) -> Any:
    """Who makes a change: whoever sent the request, else for whom the command runs."""
    return request.user if request else _acting.get()


class Revisions(HistoricalRecords):
    """One revision for each change: none where nothing changed, and a single one where a
    transaction changes a thing and its lists."""

    def __init__(self, excluded: Iterable[str] = (), lists: Iterable[Any] = ()) -> None:
        super().__init__(
            history_id_field=models.BigAutoField(primary_key=True),
            excluded_fields=["created_at", "changed_at", *excluded],
            m2m_fields=tuple(lists),
            get_user=_who,
        )

    def create_historical_record(
        self, instance: models.Model, history_type: str, using: str | None = None
    ) -> None:
        """Add a revision, unless the last one equals what is there now."""
        if history_type != "~" or not self._stands(instance):
            super().create_historical_record(instance, history_type, using)

    def create_historical_record_m2ms(self, history_instance: Any, instance: models.Model) -> None:
        """Copy the lists, which are empty where the thing was just added, and remember the
        revision until the transaction ends."""
        if history_instance.history_type != "+":
            super().create_historical_record_m2ms(history_instance, instance)
        setattr(instance, MARK, history_instance)
        transaction.on_commit(lambda: instance.__dict__.pop(MARK, None))

    def m2m_changed(
        self,
        instance: models.Model,
        action: str,
        attr: str,
        pk_set: set[Any] | None,
        reverse: bool,
        **_: Any,
    ) -> None:
        """Copy the changed list into the revision that this transaction began, or a new one."""
        if action not in ("post_add", "post_remove", "post_clear") or pk_set == set():
            return
        begun = getattr(instance, MARK, None)
        if begun is None:
            super().create_historical_record(instance, "~")
            return
        getattr(begun, attr).all().delete()
        super().create_historical_record_m2ms(begun, instance)

    def _stands(self, instance: models.Model) -> bool:
        """Whether the thing's last revision equals it, but for its lists."""
        last = getattr(instance, self.manager_name).order_by("-history_id").first()
        return last is not None and all(
            getattr(last, field.attname) == getattr(instance, field.attname)
            for field in self.fields_included(instance)
        )
