"""`./manage.py experiment-tracker`."""

from stores.commands.components import ComponentCommand
from stores.models import Component


class Command(ComponentCommand):
    """Experiment trackers: what notes how trainings went."""

    component_type = Component.Type.EXPERIMENT_TRACKER
