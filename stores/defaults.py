"""What every installation has from the start, as in ZenML: a place to keep secrets, a local
orchestrator, a local store and a stack of these.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction

from project import audit
from secrets_app.models import SecretsManager
from stores.flavors import FLAVORS
from stores.flavors.base import SignIn
from stores.models import ActiveStack, Component, Stack, Store

NAME = "default"


def first_superuser() -> Any | None:
    """Who owns what the installation brings, and whom commands run as unless they are told."""
    people = get_user_model()._default_manager.filter(is_superuser=True, is_active=True)
    return people.order_by("pk").first()


def ensure_defaults(owner: Any) -> None:
    """Make what is missing. Somebody who has stores gets no other: they may have deleted ours.

    Where the operator does not allow the folder, as in production, there is no local store.
    """
    with transaction.atomic():
        SecretsManager.objects.built_in()
        orchestrator = Component.objects.default_orchestrator()
        if owner is None or Store.objects.filter(owner=owner).exists():
            return
        folder = settings.HOME.local_stores / NAME
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            path = FLAVORS["local"].clean_path(str(folder))
        except ValidationError:
            return
        store = Store.objects.create(
            name=NAME,
            owner=owner,
            flavor="local",
            path=path,
            sign_in=SignIn.NONE,
            description="A folder on the machine that runs Storeroom.",
        )
        stack, _ = Stack.objects.get_or_create(
            name=NAME,
            owner=owner,
            team=None,
            defaults={"store": store, "description": "Runs and keeps everything here."},
        )
        stack.components.add(orchestrator)
        ActiveStack.objects.get_or_create(user=owner, defaults={"stack": stack})
        audit.record(None, "added", store, "comes with the installation")
        audit.record(None, "added", stack, "comes with the installation")
