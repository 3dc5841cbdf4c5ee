"""`./manage.py image-builder`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Image builders: what makes the images of pipelines."""

    parts = Components(Component.Type.IMAGE_BUILDER)
