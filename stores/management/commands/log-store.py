"""`./manage.py log-store`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Log stores: where the logs of runs are kept."""

    component_type = Component.Type.LOG_STORE
