"""What has to be there before the first process starts: tables, static files, somebody to sign in.

Each step does nothing where nothing changed, so that a second start is quick.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from stores.defaults import ensure_defaults, first_superuser

ADMIN = "admin"
Say = Callable[[str], None]


def prepare(say: Say) -> str:
    """Do all of it. Returns the first administrator's password when this call made them, else
    ""; it is kept nowhere else."""
    migrate(say)
    collect_static(say)
    with transaction.atomic():
        password = make_admin()
        ensure_defaults(first_superuser())
    return password


def migrate(say: Say) -> None:
    """Bring the tables up to date."""
    executor = MigrationExecutor(connection)
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if steps:
        say(f"Bringing the database up to date ({len(steps)} steps) …")
        call_command("migrate", verbosity=0, interactive=False)


def collect_static(say: Say) -> None:
    """Collect and compress the static files where one of them, or a package's, changed."""
    stamp = settings.HOME.path / "static.stamp"
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    current = _static_files()
    if manifest.exists() and stamp.exists() and stamp.read_text() == current:
        return
    say("Collecting and compressing the static files (some seconds, once) …")
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(current)


def _static_files() -> str:
    """A hash that changes with the names, sizes and times of all static files."""
    found = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = (storage.path(name), storage.size(name), storage.get_modified_time(name))
            found.update(repr(stat).encode())
    return found.hexdigest()


def make_admin() -> str:
    """Make the first superuser where there is none, and return their password, else ""."""
    people = get_user_model()._default_manager
    if people.filter(is_superuser=True).exists():
        return ""
    if people.filter(username=ADMIN).exists():
        raise CommandError(
            f"There is no superuser, and `{ADMIN}` is somebody else's name. Make one:"
            " manage.py createsuperuser"
        )
    password = secrets.token_urlsafe(12)
    people.create_superuser(ADMIN, password=password)
    return password
