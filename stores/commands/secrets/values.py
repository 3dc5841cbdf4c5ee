"""What the command `secrets-manager secret` shows of secrets, and which it may delete. No value is
printed, but by `get --reveal`."""

from __future__ import annotations

from typing import Any

from django.core.management import CommandError
from django.utils import timezone

from project.access import Role
from project.commands import find
from secrets_app.expiry import expiry_of
from secrets_app.models import Secret
from stores.models import Store
from stores.revealing import Refused, reveal_values
from stores.secret_uses import uses_of

COLUMNS = ("name", "schema", "attributes", "version", "state", "ends", "secrets_manager", "owner")


def all_facts(user: Any) -> list[dict[str, Any]]:
    """Facts of every secret that the person sees."""
    secrets = Secret.objects.visible_to(user).select_related("owner", "manager")
    return [facts(secret, user) for secret in secrets.with_current().order_by("name")]


def of_name(user: Any, name: str, role: Role = Role.VIEWER) -> Secret:
    """The secret of this name. Raises `CommandError`."""
    secret: Secret = find(Secret.objects, name, user, role)
    return secret


def facts(secret: Secret, user: Any) -> dict[str, Any]:
    """What everyone who sees the secret may know of it: never a value."""
    stores = Store.objects.naming(secret).visible_to(user).order_by("name")
    current, expiry = secret.current, expiry_of(secret, timezone.now())
    sealed = (secret.unreadable() or "sealed") if current else "empty"
    by = current and current.created_by
    return {
        "name": secret.name,
        "description": secret.description,
        "schema": secret.schema,
        "attributes": secret.held_keys(),
        "version": secret.version,
        "state": sealed if secret.kept_here else "in the vault",
        "ends": expiry and expiry.at,
        "replaced_at": current and current.created_at,
        "replaced_by": by and by.get_username(),
        "secrets_manager": secret.manager.name,
        "artifact_stores": list(stores.values_list("name", flat=True)),
        "owner": secret.owner and secret.owner.get_username(),
    }


def revealed(user: Any, name: str, reason: str, password: str) -> dict[str, str]:
    """The secret's values in clear, where the rules of revealing allow it. Raises
    `CommandError`."""
    try:
        return reveal_values(of_name(user, name), user, reason=reason, password=password)
    except Refused as error:
        raise CommandError(str(error)) from None


def deletable(user: Any, name: str, *, force: bool) -> tuple[Secret, str]:
    """The secret, when the person may delete it, and what becomes of what uses it and of what a
    vault keeps. Raises `CommandError`, also while something uses it and `force` is not given."""
    secret = of_name(user, name, Role.OWNER)
    users = uses_of(secret, user).direct
    names = [f"`{thing}`" for thing in users.seen]
    if users.others:
        names.append(f"{users.others} of other people")
    if names and not force:
        raise CommandError(
            f"`{secret}` is used by {', '.join(names)}. Let them use another one first, or give"
            " --force: then they cannot sign in any more."
        )
    used = f"It cannot be used to sign in any more by {', '.join(names)}." if names else ""
    return secret, f"{used or 'Nothing uses it.'} {secret.left_behind()}".strip()
