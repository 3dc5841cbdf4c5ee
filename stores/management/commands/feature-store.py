"""`./manage.py feature-store`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Feature stores: where features are served from."""

    parts = Components(Component.Type.FEATURE_STORE)
