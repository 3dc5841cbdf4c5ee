"""The Celery application: workers carry out runs, the clock ticks."""

import os
from typing import Any

from celery import Celery
from celery.beat import ScheduleEntry, Scheduler
from celery.signals import setup_logging, task_postrun, task_prerun
from django.conf import settings
from django.db import close_old_connections
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

TRANSPORT_ALIASES["filesystem"] = "project.folder_broker:Transport"

app = Celery("storeroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_our_logging(**_: Any) -> None:
    """Log as settings say: a handler of Celery's own would not hide secrets."""
    import logging.config

    logging.config.dictConfig(settings.LOGGING)


@task_prerun.connect
@task_postrun.connect
def close_old(**_: Any) -> None:
    """Keep a thread's connection to the database from task to task, as the web process does from
    request to request: for CONN_MAX_AGE, and while it works."""
    close_old_connections()


class InProcessScheduler(Scheduler):
    """A beat that runs its entries itself instead of sending them.

    The tick rings for work that no worker took, so it must not wait for a worker; and where no
    worker listens, unread ticks would pile up in the broker.
    """

    def apply_async(
        self, entry: ScheduleEntry, producer: Any = None, advance: bool = True, **kwargs: Any
    ) -> Any:
        """Run the entry's task here and now; what it raises is logged, and beat goes on."""
        if advance:
            entry = self.reserve(entry)
        close_old_connections()
        try:
            return self.app.tasks[entry.task]()
        finally:
            close_old_connections()
