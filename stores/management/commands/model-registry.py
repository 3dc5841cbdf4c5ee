"""`./manage.py model-registry`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Model registries: where the versions of models are kept."""

    component_type = Component.Type.MODEL_REGISTRY
