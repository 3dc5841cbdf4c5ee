"""The flavors of secrets managers. To add one: its file, and one line here."""

from secrets_app.managers.azure_key_vault import AzureKeyVault
from secrets_app.managers.base import ManagerFlavor
from secrets_app.managers.local import LocalManager

MANAGERS: dict[str, ManagerFlavor] = {
    flavor.slug: flavor for flavor in (LocalManager(), AzureKeyVault())
}


def manager_choices() -> list[tuple[str, str]]:
    """The flavors as choices of a field: (slug, label)."""
    return [(flavor.slug, flavor.label) for flavor in MANAGERS.values()]
