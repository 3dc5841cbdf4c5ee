"""What a SAS token's parts mean for a store, in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from secrets_app.schemas.base import Finding
from secrets_app.schemas.sas import PERMISSIONS, Sas, parse_sas

FIELD = "sas_token"
# What is lost without a letter, for those that a store cannot do without.
NEEDED = {
    "l": "No list permission (`l`): checks, browsing and transfers cannot find objects.",
    "r": "No read permission (`r`): checks and transfers cannot read what is stored.",
}
Level = Literal["ok", "warning", "problem"]
Said = tuple[Level, str]
SOON = timedelta(days=30)


def sas_findings(token: str, now: datetime, field: str = FIELD) -> list[Finding]:
    """Everything that a well-formed token tells by itself, the gravest first."""
    sas = parse_sas(token)
    found = [*_times(sas, now), *_reach(sas), *_permissions(sas), *_origin(sas)]
    order = ("problem", "warning", "ok")
    levels = sorted(found, key=lambda pair: order.index(pair[0]))
    return [Finding(level, field, words) for level, words in levels]


def _times(sas: Sas, now: datetime) -> list[Said]:
    said: list[Said] = []
    if sas.start and sas.start > now:
        said.append(("warning", f"Starts in {_span(sas.start - now)} ({_moment(sas.start)})."))
    if sas.expires is None:
        policy = f"the stored access policy `{sas.policy}` sets it"
        without = "It has no end (`se=`), and no stored access policy that sets one."
        said.append(
            ("warning", f"Its end is not in the token: {policy}." if sas.policy else without)
        )
    elif sas.expires <= now:
        ago = _span(now - sas.expires)
        said.append(("problem", f"Expired {ago} ago ({_moment(sas.expires)})."))
    else:
        level: Level = "warning" if sas.expires - now < SOON else "ok"
        said.append((level, f"Expires in {_span(sas.expires - now)} ({_moment(sas.expires)})."))
    return said


def _reach(sas: Sas) -> list[Said]:
    """What it is for: services and types of an account's token, the resource of another."""
    if sas.kind != "account":
        if sas.resource == "container":
            return [("ok", f"A {sas.kind} SAS for one container.")]
        if not sas.resource:
            return [("problem", "This SAS does not say that it is for a container (`sr=c`).")]
        return [
            ("problem", f"This SAS is for one {sas.resource}; a store is a container (`sr=c`).")
        ]
    if "blob" not in sas.services:
        others = ", ".join(sas.services) or "no service"
        return [("problem", f"This SAS is for {others}, not for Blob (`ss=` lacks `b`).")]
    said: list[Said] = [("ok", f"An account SAS for {', '.join(sas.services)}.")]
    for letter, kind in (("c", "container"), ("o", "object")):
        if kind not in sas.resource_types:
            said.append(("problem", f"It does not reach {kind}s (`srt=` lacks `{letter}`)."))
    return said


def _permissions(sas: Sas) -> list[Said]:
    if not sas.permissions and sas.policy:
        return [("warning", f"What it allows is set by the stored access policy `{sas.policy}`.")]
    said: list[Said] = [
        ("problem", words) for letter, words in NEEDED.items() if letter not in sas.permissions
    ]
    names = [PERMISSIONS[letter] for letter in sas.permissions if letter in PERMISSIONS]
    said.append(("ok", f"Allows: {', '.join(names) or 'nothing'}."))
    if not {"w", "c"} & set(sas.permissions):
        said.append(("warning", "Allows no writing (`c`, `w`): transfers cannot write here."))
    elif "d" not in sas.permissions:
        said.append(("ok", "Allows no deleting (`d`)."))
    return said


def _origin(sas: Sas) -> list[Said]:
    said: list[Said] = []
    if sas.ip:
        said.append(("warning", f"Only from {sas.ip}: the workers' address has to be in it."))
    if sas.protocol != "https":
        said.append(("warning", "Also over plain http, where it can be read on the way."))
    return said


def _moment(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y %H:%M} UTC"


def _span(length: timedelta) -> str:
    """A length of time in its largest unit."""
    for unit, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(length.total_seconds() // seconds)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
