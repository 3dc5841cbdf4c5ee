"""`./manage.py orchestrator`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Orchestrators: what runs the pipelines of a stack."""

    parts = Components(Component.Type.ORCHESTRATOR)
