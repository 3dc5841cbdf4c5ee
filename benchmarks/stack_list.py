"""How long the server takes for a page of the list of stacks, and for the same as JSON.

    python -m benchmarks.stack_list --stacks 1000

Makes an installation of its own in a temporary folder (SQLite), with as many stacks of six
components, each with a store and a secret of its own: half of them are a person's own, half are
those of a team that they are in. Asks for pages as that person, signed in, in this process: no
socket, no browser. Prints, for each address, the number of queries, the median and the 95th
percentile of the milliseconds that a request takes, and the median of those in which it used the
processor; and how long the first request takes, for which all stacks of the page are judged anew,
as they are once something was changed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from typing import Any

TYPES = {
    "orchestrator": "kubeflow",
    "step_operator": "azureml",
    "model_deployer": "seldon",
    "container_registry": "azure",
    "experiment_tracker": "mlflow",
    "image_builder": "local",
}
ADDRESSES = (
    "/stores/stack/",
    "/stores/stack/?p=25",
    "/stacks.json",
    "/stacks.json?page=25",
)


def run(stacks: int, requests: int) -> None:
    """Measure, and print it."""
    from project.keys import new_fernet_key, new_secret_key

    with tempfile.TemporaryDirectory(prefix="storeroom-bench-") as home:
        os.environ |= {
            "STOREROOM_HOME": home,
            "SECRET_KEY": new_secret_key(),
            "FERNET_KEYS": new_fernet_key(),
            "LOG_LEVEL": "warning",
            "ALLOWED_HOSTS": "testserver",
            "DJANGO_SETTINGS_MODULE": "project.settings",
        }
        measure(stacks, requests)


def measure(stacks: int, requests: int) -> None:
    """Fill the installation, ask for the pages, and print how long that took."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from project.access import Role, Team
    from stores.stack_rules.summarising import forget

    settings.HOME.create()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    person = User.objects.create_user("bench", is_staff=True)
    colleague = User.objects.create_user("colleague", is_staff=True)
    team = Team.objects.found("team", colleague)
    team.admit(person, Role.EDITOR)
    fill(stacks - stacks // 2, owner=person)
    fill(stacks // 2, owner=colleague, team=team)
    browser = Client()
    browser.force_login(person)
    for address in ADDRESSES:
        browser.get(address)
        forget()
        first, _ = timed(browser, address)
        with CaptureQueriesContext(connection) as captured:
            browser.get(address)
        queries = len(captured)
        taken = [timed(browser, address) for _ in range(requests)]
        wall, cpu = (sorted(times) for times in zip(*taken, strict=True))
        print(
            f"{address}: {queries} queries; p50 {statistics.median(wall):.1f} ms,"
            f" p95 {wall[int(requests * 0.95)]:.1f} ms; of the processor"
            f" p50 {statistics.median(cpu):.1f} ms; judged anew {first:.1f} ms"
        )


def timed(browser: Any, address: str) -> tuple[float, float]:
    """The milliseconds that one request takes, by the clock and of the processor: the latter
    tells more on a machine that is busy with other things."""
    wall, cpu = time.perf_counter(), time.thread_time()
    reply = browser.get(address)
    taken = (time.perf_counter() - wall) * 1000, (time.thread_time() - cpu) * 1000
    assert reply.status_code == 200, (address, reply.status_code)
    return taken


def fill(count: int, **whose: Any) -> None:
    """Make the stacks with their parts for this owner and team."""
    from django.db import transaction

    from secrets_app.models import Secret, SecretsManager
    from stores.models import Component, Stack, Store

    manager = SecretsManager.objects.built_in()
    with transaction.atomic():
        for number in range(count):
            secret = Secret.objects.create(name=f"secret-{number}", manager=manager, **whose)
            secret.replace({"account_name": "mlacct", "account_key": "a2V5" * 22})
            store = Store.objects.create(
                name=f"store-{number}",
                flavor="azure",
                path=f"az://container-{number}",
                sign_in="from_secret",
                authentication_secret=secret.name,
                state="healthy",
                **whose,
            )
            components = Component.objects.bulk_create(
                Component(name=f"{kind}-{number}", type=kind, flavor=flavor, **whose)
                for kind, flavor in TYPES.items()
            )
            stack = Stack.objects.create(
                name=f"stack-{number}", store=store, secrets_manager=manager, **whose
            )
            stack.components.add(*components)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stacks", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    run(options.stacks, options.requests)


if __name__ == "__main__":
    main()
