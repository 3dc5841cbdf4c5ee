"""What the command `secrets-manager` does with the managers themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management import CommandError

from project.access import Role
from project.commands import (
    UsageError,
    find,
    refuse_built_in,
    refuse_used,
    save,
    shown,
    unknown_option,
)
from secrets_app import vaults
from secrets_app.forms import SecretsManagerForm
from secrets_app.managers import MANAGERS
from secrets_app.managers.base import ManagerError
from secrets_app.models import SecretsManager
from stores.models import Stack

COLUMNS = ("name", "flavor", "where", "secrets", "stacks", "owner")


def register(
    user: Any, name: str, fields: Mapping[str, str], configuration: Mapping[str, str]
) -> str:
    """Register a secrets manager and say so; `fields` are flavor, description and the name of the
    secret to sign in with. Raises `CommandError`."""
    flavor = MANAGERS.get(fields["flavor"])
    if flavor is None:
        raise CommandError(
            f"There is no flavor `{fields['flavor']}`. Flavors: {', '.join(MANAGERS)}."
        )
    own = flavor.ConfigForm.base_fields
    for option in configuration:
        if any(option in other.ConfigForm.base_fields for other in MANAGERS.values()):
            if option not in own:
                raise UsageError(f"{shown(option)} is no setting of the flavor `{flavor.slug}`.")
        else:
            raise unknown_option(option, [*fields, *own, "as"])
    form = SecretsManagerForm({**fields, **configuration, "name": name}, user=user)
    manager = save(form, name, user)
    return f"Registered secrets manager `{manager.name}`: {sentence(manager)}."


def sentence(manager: SecretsManager) -> str:
    """Where the manager keeps its secrets."""
    label = manager.kind.label
    where = manager.kind.destination(manager.configuration)
    return f"{label} at {where}" if where else f"{label[0].lower()}{label[1:]}"


def for_new_secrets(user: Any) -> SecretsManager:
    """Where a new secret goes: the active stack's manager, else the one in this database."""
    stack = Stack.objects.active_of(user)
    return (stack and stack.secrets_manager) or SecretsManager.objects.built_in()


def of_name(user: Any, name: str, role: Role = Role.VIEWER) -> SecretsManager:
    """The secrets manager of this name, without one where new secrets go. Raises
    `CommandError`."""
    return find(SecretsManager.objects, name, user, role) if name else for_new_secrets(user)


def all_facts(user: Any) -> list[dict[str, Any]]:
    """Facts of every secrets manager that the person sees."""
    managers = SecretsManager.objects.visible_to(user).select_related("owner").order_by("name")
    return [facts(manager, user) for manager in managers]


def facts(manager: SecretsManager, user: Any) -> dict[str, Any]:
    """What everyone who sees the secrets manager may know of it."""
    held = manager.secret_set.visible_to(user).order_by("name")
    stacks = Stack.objects.filter(secrets_manager=manager).visible_to(user).order_by("name")
    return {
        "name": manager.name,
        "description": manager.description,
        "flavor": manager.flavor,
        "configuration": manager.configuration,
        "authentication_secret": manager.authentication_secret,
        "where": manager.kind.destination(manager.configuration) or "this database",
        "secrets": list(held.values_list("name", flat=True)),
        "stacks": list(stacks.values_list("name", flat=True)),
        "owner": manager.owner and manager.owner.get_username(),
    }


def check(user: Any, name: str) -> str:
    """Ask the manager whether it can be used, and say what it answered. Raises `CommandError`."""
    manager = of_name(user, name, Role.OPERATOR)
    try:
        return vaults.check(manager, user)
    except ManagerError as error:
        raise failed(error) from None


def failed(error: ManagerError) -> CommandError:
    """What a vault refused, in one line: what failed, why, what to do."""
    code = f" ({error.code})" if error.code else ""
    return CommandError(f"{error.text}{code} {error.action}".strip())


def deletable(user: Any, name: str) -> SecretsManager:
    """The secrets manager, when the person may delete it and nothing uses it. Raises
    `CommandError`."""
    manager = find(SecretsManager.objects, name, user, Role.OWNER)
    refuse_built_in(manager)
    refuse_used(manager, Stack.objects.filter(secrets_manager=manager), user)
    count = manager.secret_set.count()
    if count:
        raise CommandError(
            f"`{manager.name}` cannot be deleted: it keeps {count} secret{'s' * (count > 1)}."
        )
    return manager
