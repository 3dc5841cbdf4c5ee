"""`./manage.py sandbox`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Sandboxes: where code runs that nobody trusts yet."""

    component_type = Component.Type.SANDBOX
