"""`./manage.py data-validator`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Data validators: what judges data."""

    component_type = Component.Type.DATA_VALIDATOR
