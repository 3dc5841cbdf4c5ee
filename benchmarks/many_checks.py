"""How long one worker with default settings takes to check many stores.

    python -m benchmarks.many_checks --stores 1000

Makes an installation of its own in a temporary folder (SQLite, the embedded broker), a stand-in
for the Blob service with 100 ms of latency and 5 % of faults, and as many stores with an account
key; then queues a check of each and starts one worker and the clock. Prints the seconds from the
worker's start until the last check has ended, what the checks showed, and the worker's peak
memory.
"""

from __future__ import annotations

import argparse
import base64
import collections
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def run(stores: int, latency: float, faults: float) -> None:
    """Measure, and print it."""
    from project.keys import new_fernet_key, new_secret_key

    options = [f"--latency={latency}", f"--faults={faults}"]
    stand_in = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.blob_stand_in", *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert stand_in.stdout is not None
    port = int(stand_in.stdout.readline())
    with tempfile.TemporaryDirectory(prefix="storeroom-bench-") as home:
        os.environ |= {
            "STOREROOM_HOME": home,
            "SECRET_KEY": new_secret_key(),
            "FERNET_KEYS": new_fernet_key(),
            "STOREROOM_ALLOW_HOSTS": f"127.0.0.1:{port}",
            "LOG_LEVEL": "warning",
            "DJANGO_SETTINGS_MODULE": "project.settings",
        }
        try:
            measure(stores, port, Path(home))
        finally:
            stand_in.terminate()
            stand_in.wait()


def measure(count: int, port: int, home: Path) -> None:
    """Fill the installation, let one worker check everything, and print how it went."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from secrets_app.models import Secret, SecretsManager
    from stores import dispatch
    from stores.models import Check, Store

    settings.HOME.create()
    call_command("migrate", verbosity=0)
    owner = User.objects.create_superuser("bench")
    key = base64.b64encode(bytes(64)).decode()
    secret = Secret.objects.create(
        name="key", owner=owner, manager=SecretsManager.objects.built_in()
    )
    secret.replace({"account_name": "account", "account_key": key})
    for number in range(count):
        store = Store.objects.create(
            name=f"store-{number:04d}",
            owner=owner,
            flavor="azure",
            path=f"az://container-{number:04d}",
            configuration={"account_url": f"http://127.0.0.1:{port}/account"},
            authentication_secret="key",
        )
        dispatch.check(store, by=None)
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "project"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    worker = subprocess.Popen([*celery, "worker", "-Q", "checks,transfers", *quiet])
    clock = subprocess.Popen([*celery, "beat", "-s", str(home / "beat")])
    begun = time.monotonic()
    try:
        while Check.objects.open().exists():
            if worker.poll() is not None:
                raise SystemExit(f"The worker ended with {worker.returncode}.")
            time.sleep(0.25)
        took = time.monotonic() - begun
        peak = peak_memory(worker.pid)
        cpu = sum(os.times()[2:4])
    finally:
        for process in (worker, clock):
            process.terminate()
        for process in (worker, clock):
            process.wait()
    cpu = sum(os.times()[2:4]) - cpu
    verdicts = collections.Counter(Check.objects.values_list("verdict", flat=True))
    print(f"{count} stores in {took:.1f} s; worker's peak memory {peak / 1e6:.0f} MB,")
    print(f"CPU of worker and clock {cpu:.1f} s; verdicts: {dict(verdicts)}")


def peak_memory(pid: int) -> int:
    """The most memory that the process ever held, in bytes (VmHWM of Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--stores", type=int, default=1000)
    arguments.add_argument("--latency", type=float, default=0.1, help="seconds before an answer")
    arguments.add_argument("--faults", type=float, default=0.05, help="share of requests")
    given = arguments.parse_args()
    run(given.stores, given.latency, given.faults)
