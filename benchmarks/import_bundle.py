"""How long a bundle of components takes to import, on this machine and in an empty database.

python -m benchmarks.import_bundle --components 300
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import django
from django.core.management import call_command

from project.keys import new_fernet_key, new_secret_key

STACK = """zenml_version: 0.98.0
stack_name: stack_{n}
components:
  artifact_store: {{name: store_{n}, flavor: azure, configuration: {{path: az://container-{n}}}}}
  orchestrator: {{name: o_{n}, flavor: kubernetes, configuration: {{kubernetes_context: c{n}}}}}
  experiment_tracker: {{name: e_{n}, flavor: mlflow, configuration: {{}}}}
"""


def main() -> None:
    """Import a bundle of stacks of three components each, and print how long each part took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--components", type=int, default=300)
    stacks = parser.parse_args().components // 3
    text = "---\n".join(STACK.format(n=number) for number in range(stacks)).encode()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "STOREROOM_HOME": home,
            "DATABASE_URL": f"sqlite:///{Path(home) / 'benchmark.sqlite3'}",
            "SECRET_KEY": new_secret_key(),
            "FERNET_KEYS": new_fernet_key(),
            "DJANGO_SETTINGS_MODULE": "project.settings",
        }
        django.setup()
        call_command("migrate", verbosity=0)
        _measure(text, stacks)


def _measure(text: bytes, stacks: int) -> None:
    from django.contrib.auth.models import User

    from stores.importing import carry_out, plan
    from stores.zenml_yaml import read

    person = User.objects.create_user("ada")
    begun = time.perf_counter()
    bundle = read(text)
    was_read = time.perf_counter()
    planned = plan(bundle, person)
    was_planned = time.perf_counter()
    carry_out(planned)
    done = time.perf_counter()
    print(
        f"{3 * stacks} components in {stacks} stacks, {len(text) / 1024:.0f} KiB:"
        f" read {was_read - begun:.2f} s, planned {was_planned - was_read:.2f} s,"
        f" saved {done - was_planned:.2f} s; {done - begun:.2f} s in all"
    )


if __name__ == "__main__":
    main()
