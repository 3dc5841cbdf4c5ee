"""`./manage.py container-registry`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Container registries: where the images of pipelines are kept."""

    parts = Components(Component.Type.CONTAINER_REGISTRY)
