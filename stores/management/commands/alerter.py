"""`./manage.py alerter`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Alerters: what tells people what happened."""

    parts = Components(Component.Type.ALERTER)
