"""`./manage.py log-store`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Log stores: where the logs of runs are kept."""

    parts = Components(Component.Type.LOG_STORE)
