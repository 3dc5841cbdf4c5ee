"""`./manage.py step-operator`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Step operators: what runs single steps elsewhere."""

    component_type = Component.Type.STEP_OPERATOR
