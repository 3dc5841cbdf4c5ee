"""`./manage.py feature-store`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Feature stores: where features are served from."""

    component_type = Component.Type.FEATURE_STORE
