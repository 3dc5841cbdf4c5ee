"""The table of a list."""

from typing import Any

from django import template
from django.contrib.admin.views.main import ChangeList
from unfold.templatetags.unfold_list import result_headers

from project.list_rows import rows

register = template.Library()


@register.inclusion_tag("project/_rows.html", takes_context=True)
def console_rows(context: template.Context, cl: ChangeList) -> dict[str, Any]:
    """The headings and rows of a list, or what to do where it is empty."""
    headings = list(result_headers(cl))
    return {
        "cl": cl,
        "result_headers": headings,
        "num_sorted_fields": sum(bool(each.get("sorted")) for each in headings),
        "rows": list(rows(cl, [each["text"] for each in headings])),
        "has_add_permission": cl.model_admin.has_add_permission(context["request"]),
    }
