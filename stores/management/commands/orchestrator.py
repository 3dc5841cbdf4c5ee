"""`./manage.py orchestrator`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Orchestrators: what runs the pipelines of a stack."""

    component_type = Component.Type.ORCHESTRATOR
