"""`./manage.py model-registry`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Model registries: where the versions of models are kept."""

    parts = Components(Component.Type.MODEL_REGISTRY)
