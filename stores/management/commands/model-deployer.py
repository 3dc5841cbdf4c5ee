"""`./manage.py model-deployer`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Model deployers: what serves models out of the store."""

    parts = Components(Component.Type.MODEL_DEPLOYER)
