"""`./manage.py step-operator`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Step operators: what runs single steps elsewhere."""

    parts = Components(Component.Type.STEP_OPERATOR)
