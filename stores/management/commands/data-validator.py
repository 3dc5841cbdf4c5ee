"""`./manage.py data-validator`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Data validators: what judges data."""

    parts = Components(Component.Type.DATA_VALIDATOR)
