"""`./manage.py experiment-tracker`."""

from stores.commands.components import ComponentCommand, Components
from stores.models import Component


class Command(ComponentCommand):
    """Experiment trackers: what notes how trainings went."""

    parts = Components(Component.Type.EXPERIMENT_TRACKER)
