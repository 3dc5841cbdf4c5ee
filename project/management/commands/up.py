"""`manage.py up`: Storeroom in one foreground command, with all that it needs."""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connections

from project.embedded_azure import Unavailable
from project.preparation import ADMIN, prepare
from project.sample_keeper import SampleKeeper, embedded_azure_host
from project.supervisor import Supervisor, how_it_ended
from stores.sample import want

WEB = "the web server"
WORKER = "the worker"
CLOCK = "the clock"
# Seconds: between two looks at the parts, and until the web is said to take long.
LOOK = 0.5
PATIENCE = 60
IGNORE_ROOT = "ignore:You're running the worker with superuser privileges"


@contextmanager
def _for_this_user_alone() -> Iterator[None]:
    """Files made meanwhile, the database first of all, are nobody else's to read."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


class Command(BaseCommand):
    """Prepares what is missing, then runs the web server, a worker and the clock until Ctrl-C."""

    help = "Run Storeroom: web server, worker and clock, in the foreground."
    trouble = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen at")
        parser.add_argument(
            "--prepare-only",
            action="store_true",
            help="make keys, tables, static files and the first administrator, and end",
        )
        parser.add_argument(
            "--no-sample", action="store_true", help="do not load the sample at the first start"
        )
        parser.add_argument(
            "--with-parent",
            action="store_true",
            help="stop when the process that started this one is gone, as `make run` wants it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.parent = os.getppid() if options["with_parent"] else None
        self.host, self.port = options["host"], options["port"]
        self.stopping = False
        with self._only_one():
            if not options["prepare_only"]:
                self._check_port()
            try:
                with _for_this_user_alone():
                    self.password = prepare(self.say)
            except KeyboardInterrupt:
                raise CommandError("Stopped before everything was prepared.") from None
            try:
                if not options["prepare_only"]:
                    if self.password and not options["no_sample"] and settings.EMBEDDED:
                        want()
                    self._run()
            finally:
                self._tell_password()

    def say(self, words: str) -> None:
        """A line for whoever watches; when the window is gone, for nobody."""
        with suppress(OSError):
            self.stdout.write(words)
            self.stdout.flush()

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        """Hold the home's lock, which the kernel gives back however this process ends."""
        with (settings.HOME.path / "up.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise CommandError(
                    f"Storeroom runs already on {settings.HOME.path} ({lock.read().strip()})."
                ) from None
            lock.truncate(0)
            lock.write(f"process {os.getpid()}, port {self.port}\n")
            lock.flush()
            yield

    def _check_port(self) -> None:
        try:
            family, *_, address = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with closing(socket.socket(family)) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CommandError(
                f"Cannot listen at {self.host} port {self.port}: {reason}. Choose another port:"
                f" make run PORT=8123 (or manage.py up --port 8123)."
            ) from None

    def _run(self) -> None:
        """Start the parts and mind them until a signal comes."""
        connections.close_all()
        supervisor = Supervisor(settings.BASE_DIR, self.say)
        # A script's shell lets its background jobs ignore SIGINT; one that is sent is meant.
        signal.signal(signal.SIGINT, self._stop_soon)
        signal.signal(signal.SIGTERM, self._stop_soon)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup sets it
            signal.signal(signal.SIGHUP, self._stop_soon)
        for name in ("STOREROOM_HOME_FILE", "STOREROOM_TOKEN_HOSTS_FILE"):
            os.environ.pop(name, None)  # It would win over what follows.
        hosts = [*settings.STOREROOM_TOKEN_HOSTS, *filter(None, [embedded_azure_host()])]
        os.environ |= {
            "STOREROOM_UP": "1",
            "STOREROOM_HOME": str(settings.HOME.path),
            "STOREROOM_TOKEN_HOSTS": ",".join(hosts),
            "PYTHONUNBUFFERED": "1",
        }
        keeper = SampleKeeper(supervisor, self.say)
        try:
            settings.HOME.up_hosts.write_text(f"127.0.0.1:{keeper.port}\n", encoding="utf-8")
            self._start(supervisor)
            while not self._must_stop():
                supervisor.tend()
                self._look(keeper)
                time.sleep(LOOK)
            self.say("Stopping …")
        finally:
            supervisor.stop()
            settings.HOME.up_hosts.unlink(missing_ok=True)
        self.say("Stopped.")

    def _look(self, keeper: SampleKeeper) -> None:
        """Let the keeper look; the sample's trouble, such as a full disk, is said once and ends
        nothing else."""
        try:
            keeper.look()
        except (OSError, Unavailable) as error:
            reason = getattr(error, "strerror", None) or str(error)
            if reason != self.trouble:
                self.say(f"Storeroom goes on, but the sample has to wait: {reason}")
            self.trouble = reason
        else:
            self.trouble = ""

    def _start(self, supervisor: Supervisor) -> None:
        python = [sys.executable, "-m"]
        bind = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        config = ["-c", "python:project.gunicorn_config", "--bind", bind]
        celery = [*python, "celery", "--quiet", "-A", "project"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        name = ["-n", f"storeroom-{self.port}@%h"]
        supervisor.start(WEB, [*python, "gunicorn", "project.wsgi", *config])
        self._wait_for_web(supervisor)
        if self.stopping:
            return
        # Their lines about every task would bury the rest; and root is usual in a container.
        calm = {"LOG_LEVEL": "warning", "PYTHONWARNINGS": IGNORE_ROOT, **os.environ}
        work = [*celery, "worker", "-Q", "checks,transfers", *quiet, *name]
        supervisor.start(WORKER, work, calm)
        supervisor.start(CLOCK, [*celery, "beat"], calm)
        self.say(f"Storeroom runs at {self._address()} (stop it with Ctrl-C).")
        self._tell_password()

    def _wait_for_web(self, supervisor: Supervisor) -> None:
        slow_at = time.monotonic() + PATIENCE
        while not self._must_stop() and not self._web_answers():
            web = supervisor.parts[WEB].process
            if web is not None and web.poll() is not None:
                raise CommandError(
                    f"The web server did not start ({how_it_ended(web.returncode)}); its words"
                    " stand above."
                )
            if time.monotonic() > slow_at:
                self.say("The web server takes long to answer; waiting on …")
                slow_at += PATIENCE
            time.sleep(0.05)

    def _web_answers(self) -> bool:
        """Whether /healthz answers 200 where we listen, asked under a name that is allowed."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        names = [name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"]
        web = http.client.HTTPConnection(host, self.port, timeout=5)
        with closing(web):
            try:
                web.request(
                    "GET", "/healthz", headers={"Host": names[0] if names else "localhost"}
                )
                return web.getresponse().status == http.HTTPStatus.OK
            except (OSError, http.client.HTTPException):
                return False

    def _address(self) -> str:
        host = "localhost" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    def _tell_password(self) -> None:
        """Show the first administrator's password, once: nothing keeps it."""
        if self.password:
            self.say(f"Sign in as {ADMIN} with the password {self.password}")
            self.say(f"It is shown this once. Lost it? manage.py changepassword {ADMIN}")
            self.password = ""

    def _stop_soon(self, number: int, frame: Any) -> None:
        self.stopping = True

    def _must_stop(self) -> bool:
        if self.parent is not None and os.getppid() != self.parent:
            self.stopping = True
        return self.stopping
