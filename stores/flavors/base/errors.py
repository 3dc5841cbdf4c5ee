"""The only errors that a flavor may raise: what its SDK raises, translated at this border."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """Why something failed, as far as it is proven. Words are chosen by it, tests compare it."""

    SETTINGS = "settings"
    SECRET_MISSING = "secret_missing"
    SECRET_UNDECRYPTABLE = "secret_undecryptable"
    SECRET_SHAPE = "secret_shape"
    SECRET_EXPIRED = "secret_expired"
    POLICY = "policy"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    SIGN_IN = "sign_in"
    PERMISSION = "permission"
    CONTAINER_MISSING = "container_missing"
    NOT_FOUND = "not_found"
    EXISTS = "exists"
    CHANGED = "changed"
    NAME = "name"
    INTEGRITY = "integrity"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


class StoreError(Exception):
    """A failure that the store's owner can act on.

    `text` says what failed and why, `action` the first thing to do about it, `command` what to
    type for it, with placeholders in capitals; none ever holds a credential. `code` and
    `request_id` are the service's own, for its support. `reason` is finer than the category and
    the flavor's to choose: "bad_key" where the category is "sign_in".
    """

    def __init__(
        self,
        category: Category,
        text: str,
        code: str = "",
        request_id: str = "",
        action: str = "",
        command: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(text)
        self.category = category
        self.text = text
        self.code = code
        self.request_id = request_id
        self.action = action
        self.command = command
        self.reason = reason or str(category)


class NotFound(StoreError):
    """The named artifact is not there."""

    def __init__(self, text: str, code: str = "", request_id: str = "", **more: str) -> None:
        super().__init__(Category.NOT_FOUND, text, code, request_id, **more)


class AlreadyExists(StoreError):
    """A write that may only create found something of that name."""

    def __init__(self, text: str, code: str = "", request_id: str = "", **more: str) -> None:
        super().__init__(Category.EXISTS, text, code, request_id, **more)


class Changed(StoreError):
    """What is there is no longer the version that the caller named."""

    def __init__(self, text: str, code: str = "", request_id: str = "", **more: str) -> None:
        super().__init__(Category.CHANGED, text, code, request_id, **more)
