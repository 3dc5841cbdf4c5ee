"""How states, sizes and times are shown: one chip, one unit, one way to say when."""

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import date
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from secrets_app.references import REFERENCE

register = template.Library()

# state: (icon, tone, word); a tone is a colour of storeroom.css, never the only sign.
CHIPS = {
    "never": ("help", "quiet", "Never checked"),
    "healthy": ("check_circle", "good", "Healthy"),
    "degraded": ("warning", "warn", "Degraded"),
    "failing": ("error", "bad", "Failing"),
    "queued": ("hourglass_empty", "quiet", "Queued"),
    "running": ("progress_activity", "busy", "Running"),
    "done": ("check_circle", "good", "Done"),
    "failed": ("error", "bad", "Failed"),
    "cancelled": ("cancel", "quiet", "Cancelled"),
    "ok": ("check_circle", "good", "Passed"),
    "skipped": ("do_not_disturb_on", "quiet", "Skipped"),
    "proven": ("check_circle", "good", "Proven"),
    "unproven": ("help", "quiet", "Not proven"),
    "untried": ("radio_button_unchecked", "quiet", "Not tried"),
    "unknown": ("help", "quiet", "Cannot tell"),
    "production": ("verified", "good", "Production"),
    "on": ("schedule", "good", "On"),
    "paused": ("pause_circle", "quiet", "Paused"),
    "planning": ("progress_activity", "busy", "Listing"),
    "planned": ("checklist", "quiet", "Planned"),
    "completed": ("check_circle", "good", "Completed"),
    "with_errors": ("warning", "warn", "Completed with errors"),
    "pending": ("hourglass_empty", "quiet", "Waiting"),
    "copied": ("check_circle", "good", "Copied"),
    "same": ("equal", "quiet", "Already there"),
    "warning": ("warning", "warn", "Warning"),
    "problem": ("error", "bad", "Problem"),
    "checking": ("progress_activity", "busy", "Checking"),
    "passed": ("check_circle", "good", "All passed"),
    "refused": ("error", "bad", "Not in use"),
    "switched": ("check_circle", "good", "In use"),
    "returned": ("undo", "warn", "Taken back"),
    "withdrawn": ("cancel", "quiet", "Withdrawn"),
    "fine": ("event", "good", "Valid"),
    "soon": ("event", "warn", "Ends soon"),
    "urgent": ("event", "warn", "Ends soon"),
    "over": ("event_busy", "bad", "Ended"),
    "waiting": ("radio_button_unchecked", "quiet", "Waiting"),
    "inferred": ("rule", "quiet", "Inferred"),
    "broken": ("error", "bad", "Broken"),
    "loses": ("remove_circle", "quiet", "Lost"),
}


@register.simple_tag
@lru_cache(maxsize=1000, typed=True)
def chip(state: str, word: str = "") -> SafeString:
    """A state as icon, word and colour, in that order."""
    icon, tone, usual = CHIPS.get(state, ("help", "quiet", state))
    return format_html(
        '<span class="sr-chip sr-{}"><span class="material-symbols-outlined"'
        ' aria-hidden="true">{}</span>{}</span>',
        tone,
        icon,
        word or usual,
    )


@register.inclusion_tag("stores/_copyable.html")
def copyable(text: str, label: str = "Copy") -> dict[str, str]:
    """A text to be used elsewhere, with a button that copies it."""
    return {"text": text, "label": label}


@register.filter
def wrong_fields(form: Any) -> list[Any]:
    """The fields of an admin's form that hold something wrong, in the order of the page."""
    shown = (each for fieldset in form for line in fieldset for each in line)
    return [each.field for each in shown if not each.is_readonly and each.field.errors]


@register.filter
def with_code(text: str) -> SafeString:
    """A text with its `code` in backticks as HTML; everything else is escaped."""
    pieces = enumerate(text.split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", p) if n % 2 else p,) for n, p in pieces)
    )


@register.filter
def settings_list(configuration: Any) -> SafeString:
    """A component's settings, one a line, with references to secrets as chips."""
    lines = (
        (name, text if isinstance(text, str) else json.dumps(text))
        for name, text in configuration.items()
    )
    return format_html_join(
        "", "<div><code>{}</code> = {}</div>", ((n, _with_references(t)) for n, t in lines)
    )


def _with_references(text: str) -> SafeString:
    """A text whose `{{secret.key}}` are chips; everything else is escaped."""
    pieces = REFERENCE.split(text)
    shown = format_html("{}", pieces[0])
    for secret, key, rest in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        shown = format_html("{}{}{}", shown, _reference(secret, key), rest)
    return shown


def _reference(secret: str, key: str) -> SafeString:
    return format_html(
        '<span class="sr-chip sr-quiet" title="Taken from the secret at use, never stored here">'
        '<span class="material-symbols-outlined" aria-hidden="true">key</span>{}.{}</span>',
        secret,
        key,
    )


@register.filter
def iec(size: int | None) -> str:
    """A number of bytes in IEC units with one decimal: 1.2 TiB."""
    if size is None:
        return "–"
    amount = float(size)
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if amount < 1024 or unit == "TiB":
            return f"{size} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError("unreachable")


@register.filter
def size(amount: int | None) -> SafeString:
    """A number of bytes in IEC units, the exact number on hover."""
    return format_html('<span title="{} bytes">{}</span>', intcomma(amount or 0), iec(amount))


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """How long ago it was, the exact time with its zone on hover."""
    if moment is None:
        return "–"
    exact = date(timezone.localtime(moment), "j M Y H:i:s T")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, _distance(moment)
    )


def _distance(moment: datetime) -> str:
    passed = timezone.now() - moment
    if passed < timedelta(0):
        return "in " + span(-passed.total_seconds())
    if passed < timedelta(seconds=5):
        return "just now"
    return span(passed.total_seconds()) + " ago"


@register.filter
def span(seconds: Any) -> str:
    """A length of time in its largest unit: 3 min."""
    seconds = float(seconds or 0)
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{seconds:.1f} s" if seconds < 5 else f"{int(seconds)} s"
