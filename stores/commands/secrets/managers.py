"""Secrets managers, as the command `secrets-manager` registers, changes and checks them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.core.management import CommandError

from project.access import Role
from project.owned_form import OwnedForm
from secrets_app import vaults
from secrets_app.forms import SecretsManagerForm
from secrets_app.managers import MANAGERS
from secrets_app.managers.base import ManagerError
from secrets_app.models import SecretsManager
from stores.commands.parts import TypedParts
from stores.models import Stack


class SecretsManagers(TypedParts):
    """Secrets managers."""

    kind = "secrets manager"
    fields = ("authentication_secret", "description")
    columns = ("name", "flavor", "where", "secrets", "stacks", "owner")

    def all(self) -> Any:
        return SecretsManager.objects.all()

    def new(self, flavor: str) -> SecretsManager:
        if flavor not in MANAGERS:
            raise CommandError(f"There is no flavor `{flavor}`. Flavors: {', '.join(MANAGERS)}.")
        return SecretsManager(flavor=flavor)

    def form(self, data: Mapping[str, Any] | None, part: SecretsManager, user: Any) -> OwnedForm:
        return SecretsManagerForm(data, instance=part, user=user)

    def flavors(self) -> list[dict[str, Any]]:
        return [
            {
                "name": flavor.slug,
                "label": flavor.label,
                "settings": list(flavor.ConfigForm.base_fields),
            }
            for flavor in MANAGERS.values()
        ]

    def of_stack(self, stack: Stack) -> list[SecretsManager]:
        return [stack.secrets_manager] if stack.secrets_manager else []

    def stacks(self, part: SecretsManager) -> Any:
        return part.stacks.all()

    def of_name(self, user: Any, name: str, role: Role = Role.VIEWER) -> SecretsManager:
        """The secrets manager of this name, without one where new secrets go. Raises
        `CommandError`."""
        if not name:
            return Stack.objects.manager_for_new_secrets(user)
        return super().of_name(user, name, role)

    def own_facts(self, part: SecretsManager, user: Any) -> dict[str, Any]:
        held = part.secret_set.visible_to(user).order_by("name")
        return {
            "authentication_secret": part.authentication_secret,
            "where": part.kind.destination(part.configuration) or "this database",
            "secrets": list(held.values_list("name", flat=True)),
        }

    def summary(self, part: SecretsManager) -> str:
        label = part.kind.label
        where = part.kind.destination(part.configuration)
        return f": {label} at {where}" if where else f": {label[0].lower()}{label[1:]}"

    def settings_of(self, flavor: str) -> Collection[str]:
        return MANAGERS[flavor].ConfigForm.base_fields

    def refuse_deletion(self, part: SecretsManager) -> None:
        count = part.secret_set.count()
        if count:
            raise CommandError(
                f"`{part.name}` cannot be deleted: it keeps {count} secret{'s' * (count > 1)}."
            )


def check(user: Any, name: str) -> str:
    """Ask the manager whether it can be used, and say what it answered. Raises `CommandError`."""
    manager = SecretsManagers().of_name(user, name, Role.OPERATOR)
    try:
        return vaults.check(manager, user)
    except ManagerError as error:
        raise failed(error) from None


def failed(error: ManagerError) -> CommandError:
    """What a vault refused, in one line: what failed, why, what to do."""
    code = f" ({error.code})" if error.code else ""
    return CommandError(f"{error.text}{code} {error.action}".strip())
