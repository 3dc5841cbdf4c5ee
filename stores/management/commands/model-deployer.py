"""`./manage.py model-deployer`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Model deployers: what serves models out of the store."""

    component_type = Component.Type.MODEL_DEPLOYER
