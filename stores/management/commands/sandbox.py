"""`./manage.py sandbox`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Sandboxes: where code runs that nobody trusts yet."""

    parts = Components(Component.Type.SANDBOX)
