"""`./manage.py deployer`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Deployers: what serves whole pipelines."""

    component_type = Component.Type.DEPLOYER
