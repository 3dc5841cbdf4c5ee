"""`./manage.py annotator`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Annotators: where data is labelled."""

    parts = Components(Component.Type.ANNOTATOR)
