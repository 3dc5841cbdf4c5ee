"""The flavors there are: one line each."""

from stores.flavors.azure import AzureFlavor
from stores.flavors.base import Flavor, SignIn
from stores.flavors.gcp import GcpFlavor
from stores.flavors.local import LocalFlavor
from stores.flavors.other import OtherFlavor
from stores.flavors.s3 import S3Flavor

FLAVORS: dict[str, Flavor] = {
    flavor.slug: flavor for flavor in (AzureFlavor(), S3Flavor(), GcpFlavor(), LocalFlavor())
}


# What else a flavor is called.
ALIASES = {"gcs": "gcp"}


def flavor_of(slug: str) -> Flavor:
    """The flavor of this name; any that is not there is one that cannot be opened."""
    return FLAVORS.get(slug) or OtherFlavor(slug)


def flavor_choices() -> list[tuple[str, str]]:
    """The flavors as choices of a form field: (slug, label)."""
    return [(flavor.slug, flavor.label) for flavor in FLAVORS.values()]


def sign_in_choices() -> list[tuple[str, str]]:
    """The ways to sign in that some flavor offers, as choices of a form field: (value, label)."""
    offered = {way for flavor in FLAVORS.values() for way in flavor.sign_ins}
    return [(way.value, way.label) for way in SignIn if way in offered]
