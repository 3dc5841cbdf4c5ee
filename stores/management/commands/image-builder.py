"""`./manage.py image-builder`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Image builders: what makes the images of pipelines."""

    component_type = Component.Type.IMAGE_BUILDER
