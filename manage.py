#!/usr/bin/env python3
"""Storeroom's commands. Runs itself with the Python of `.venv` beside it where there is one."""

import os
import sys
from pathlib import Path

# What says where the keys are made, and whether.
PLACE = ("STOREROOM_HOME", "STOREROOM_MODE")


def main() -> None:
    """Carry out one command; `up` first makes sure that there are a home and keys."""
    here = Path(__file__).resolve().parent
    venv = here / ".venv"
    python = venv / "bin" / "python"
    if python.exists() and Path(sys.prefix).resolve() != venv.resolve():
        os.execv(python, [str(python), str(here / "manage.py"), *sys.argv[1:]])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    if sys.argv[1:2] == ["up"]:
        from project import keys
        from project.home import home_folder

        try:
            place = {name: keys.read_variable(name) for name in PLACE}
        except keys.ConfigurationError as error:
            sys.exit(f"Storeroom cannot start: {error}")
        keys.prepare(home_folder(place), place)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        # What a shell makes of SIGINT, also while the modules are still being read.
        sys.exit(130)
