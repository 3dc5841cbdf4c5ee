"""What the SDK raises, read."""

from __future__ import annotations

from collections.abc import Mapping

from azure.core.exceptions import HttpResponseError

from project.entra import EntraError
from project.entra.links import Forbidden, Unreachable
from stores.flavors.azure.reply import Reply
from stores.flavors.base import Category, StoreError


def reply_of(error: HttpResponseError) -> Reply:
    """The answer of the service that is not a success."""
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    code = getattr(error, "error_code", None) or headers.get("x-ms-error-code", "")
    code = str(getattr(code, "value", code))
    return Reply(error.status_code or 0, code, error.message, headers)


def authorization_of(error: HttpResponseError) -> str:
    """What the request that was answered so signed in with, as its header says it; never to be
    shown."""
    asked: Mapping[str, str] = getattr(getattr(error.response, "request", None), "headers", {})
    return asked.get("Authorization", "")


def not_signed_in(error: EntraError) -> StoreError:
    """The error for a token that could not be had. Only Entra's own refusals have a code, and by
    it a reason."""
    category = Category.SIGN_IN
    if isinstance(error, Unreachable):
        category = Category.CONNECT
    elif isinstance(error, Forbidden):
        category = Category.POLICY
    reason = error.reason if error.code else ""
    return StoreError(category, error.text, error.code, action=error.action, reason=reason)
