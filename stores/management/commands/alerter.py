"""`./manage.py alerter`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Alerters: what tells people what happened."""

    component_type = Component.Type.ALERTER
