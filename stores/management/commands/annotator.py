"""`./manage.py annotator`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Annotators: where data is labelled."""

    component_type = Component.Type.ANNOTATOR
