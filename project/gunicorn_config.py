"""How gunicorn serves the console: one process with threads, under `manage.py up`."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from project.supervisor import die_with_parent
from secrets_app.redaction import RedactingFormatter


class RedactingLogger(Logger):
    """gunicorn's logger, whose lines hide secrets like all others."""

    def setup(self, cfg: Any) -> None:
        """Give gunicorn's own handlers our formatter."""
        super().setup(cfg)
        formatter = RedactingFormatter("{asctime} {levelname} {name}: {message}", style="{")
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter)


def post_fork(server: Any, worker: Any) -> None:
    """A killed master takes its worker along at once, so that the port is free again."""
    die_with_parent(server.pid)


workers = 1
worker_class = "gthread"
threads = 8
graceful_timeout = 5
keepalive = 5
accesslog = None
logger_class = RedactingLogger
loglevel = "warning"
# gunicorn's own control socket would lie in the home folder of the user who runs it.
control_socket_disable = True
