"""`./manage.py container-registry`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Container registries: where the images of pipelines are kept."""

    component_type = Component.Type.CONTAINER_REGISTRY
