"""How settings are read from the environment: what is not understood ends the process in one line.

Keeps out what the settings are; `project.settings` says that.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from environ import Env

from project import keys
from project.hosts import AllowedHost, parse_allowed


def stop(reason: object) -> NoReturn:
    """End this process with one line: web, worker, clock and commands all read their settings
    first, and a traceback would hide what is wrong."""
    sys.exit(f"Storeroom cannot start: {reason}")


def read(name: str, default: str = "") -> str:
    """The value of a variable, or its default when unset or empty."""
    try:
        return keys.read_variable(name) or default
    except keys.ConfigurationError as error:
        stop(error)


def read_list(name: str) -> list[str]:
    """The parts of a value that are separated by commas."""
    return [part.strip() for part in read(name).split(",") if part.strip()]


def read_number(name: str, default: int, least: int = 1) -> int:
    """A whole number that is not less than `least`."""
    try:
        number = int(read(name, str(default)))
    except ValueError:
        stop(f"{name} is not understood (wanted: int).")
    if number < least:
        stop(f"{name} is {number}; it has to be {least} or more.")
    return number


def read_choice(name: str, choices: dict[str, Any], default: str) -> Any:
    """What the value of a variable stands for; one that is not among `choices` is an error."""
    value = read(name, default).lower()
    if value not in choices:
        stop(f"{name} is {value!r}; it can be {', '.join(choices)}.")
    return choices[value]


def read_switch(name: str, default: bool) -> bool:
    """True or false, in the usual spellings."""
    spellings = {"true": True, "1": True, "yes": True, "on": True}
    spellings |= {"false": False, "0": False, "no": False, "off": False}
    return bool(read_choice(name, spellings, str(default).lower()))


def read_allowed_hosts(name: str, own: list[str]) -> list[AllowedHost]:
    """The hosts and ranges that a value names, and our `own` beside them; each entry that is not
    understood gets a line."""
    allowed, wrong = [], []
    for entry in [*read_list(name), *own]:
        try:
            allowed.append(parse_allowed(entry))
        except ValueError as error:
            wrong.append(f"{name}: `{entry}` {error}.")
    if wrong:
        stop("\n".join(wrong))
    return allowed


def read_roots(name: str, own: Iterable[Path]) -> list[str]:
    """Absolute folders, none of which holds what is our `own`, or lies in it."""
    roots = read_list(name)
    for root in roots:
        if not root.startswith("/"):
            stop(f"{name}: `{root}` is no absolute path.")
        place = Path(root).resolve()
        for path in (path.resolve() for path in own):
            if path.is_relative_to(place) or place.is_relative_to(path):
                stop(f"{name}: `{root}` would open Storeroom's own `{path}` to stores.")
    return roots


def read_database(default: str) -> dict[str, Any]:
    """The database that `DATABASE_URL` names. What is wrong is said without the address, which
    holds a password."""
    try:
        with warnings.catch_warnings(action="error"):
            database: dict[str, Any] = Env.db_url_config(read("DATABASE_URL", default))
    except (ValueError, UserWarning):
        database = {}
    engine = database.get("ENGINE", "").removeprefix("django.db.backends.")
    if engine not in ("sqlite3", "postgresql"):
        stop("DATABASE_URL is not understood (wanted: postgres://… or sqlite:///…).")
    if not database["NAME"] and "service" not in database.get("OPTIONS", {}):
        stop("DATABASE_URL names no database (wanted: postgres://user:password@host/name).")
    return database


def read_mail() -> dict[str, Any]:
    """Django's settings for the server that `EMAIL_URL` names; none where it is not set. What is
    wrong is said without the address, which may hold a password."""
    url = read("EMAIL_URL")
    if not url:
        return {}
    if not re.match(r"smtp(\+tls|\+ssl)?://[^/]", url):
        stop("EMAIL_URL is not understood (wanted: smtp+tls://user:password@host:587).")
    try:
        mail = Env.email_url_config(url)
    except ValueError:
        stop("EMAIL_URL is not understood (wanted: smtp+tls://user:password@host:587).")
    return {name: value for name, value in mail.items() if value is not None}


def read_broker(default: str) -> str:
    """The broker's address. What is wrong is said without it, as it may hold a password."""
    url = read("CELERY_BROKER_URL", default)
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url):
        stop("CELERY_BROKER_URL is not understood (wanted: scheme://…, such as redis://host/0).")
    return url


def read_time_zone(default: str) -> str:
    """The name of a time zone that this machine knows."""
    name = read("TIME_ZONE", default)
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        stop(f"TIME_ZONE is {name!r}; it has to be a time zone's name, such as Europe/Berlin.")
