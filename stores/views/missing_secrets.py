"""How to make the secret that a store names and that is not there."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from project.access import Role, Team
from stores import stack_rules
from stores.models import Store


def may_make(store: Store, user: Any) -> bool:
    """Whether the store would find a secret that the person makes."""
    if store.team_id is None:
        return bool(store.owner == user)
    return Team.objects.visible_to(user, Role.EDITOR).filter(pk=store.team_id).exists()


def form_for(store: Store, manager: int | None = None) -> str:
    """The address of a new secret's form, with all filled in that the store tells of it. `manager`
    is the key of the secrets manager that is to keep it; None: the form's own choice."""
    told = {
        "name": store.authentication_secret,
        "schema": stack_rules.SCHEMA_OF.get(store.flavor),
        "manager": manager,
        "team": store.team_id,
    }
    known = {field: value for field, value in told.items() if value}
    return reverse("admin:secrets_app_secret_add", query=known)
