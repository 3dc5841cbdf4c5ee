"""`./manage.py deployer`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Deployers: what serves whole pipelines."""

    parts = Components(Component.Type.DEPLOYER)
