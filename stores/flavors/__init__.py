"""The flavors there are: one line each."""

from stores.flavors.azure import AzureFlavor
from stores.flavors.base import Flavor, SignIn
from stores.flavors.local import LocalFlavor

FLAVORS: dict[str, Flavor] = {flavor.slug: flavor for flavor in (AzureFlavor(), LocalFlavor())}


def flavor_choices() -> list[tuple[str, str]]:
    """The flavors as choices of a form field: (slug, label)."""
    return [(flavor.slug, flavor.label) for flavor in FLAVORS.values()]


def sign_in_choices() -> list[tuple[str, str]]:
    """The ways to sign in as choices of a form field: (value, label)."""
    return [(way.value, way.label) for way in SignIn]
