"""What Celery's worker does beside a task."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from subprocess import run

# Three tasks as a worker carries them out, the third of them once the connection is old.
CODE = """
from celery.app.trace import build_tracer
from celery.signals import worker_init
from django.db import connection
from project.celery import app

class Worker:
    app, pool_cls = app, "threads"

@app.task
def ask():
    connection.ensure_connection()
    used.append(connection.connection)

used = []
app.finalize()
worker_init.send(Worker())
carry_out = build_tracer(ask.name, ask, app=app)
for number in range(3):
    if number == 2:
        connection.close_at = 0
    carry_out(str(number), (), {}, {"is_eager": False})
print(used[0] is used[1], used[1] is used[2])
"""


def test_a_thread_keeps_its_connection_from_task_to_task_until_it_is_old(tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/storeroom.sqlite3"}

    done = run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout.split() == ["True", "False"], done.stderr
