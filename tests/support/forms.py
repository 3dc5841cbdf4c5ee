"""Forms as browsers have them open."""

from __future__ import annotations

from typing import Any

from django.test import Client


def open_form(client: Client, address: str) -> dict[str, Any]:
    """What a browser that opens the form at this address sends when nothing is touched."""
    reply = client.get(address)
    assert reply.status_code == 200, reply.status_code
    return typed(reply.context["adminform"].form)


def typed(form: Any) -> dict[str, Any]:
    """What a browser sends of a form as it is shown."""
    sent = {}
    for field in form:
        value = field.value()
        if value is None or value is False or field.field.disabled:
            continue
        if isinstance(value, list):
            sent[field.name] = [str(getattr(each, "pk", each)) for each in value]
        else:
            sent[field.name] = "on" if value is True else value
    return sent
