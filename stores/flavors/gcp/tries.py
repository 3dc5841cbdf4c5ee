"""How often a request to Google is sent: a few times, shortly after one another."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.api_core.retry import Retry
from google.auth.exceptions import TransportError
from google.cloud.storage.exceptions import InvalidResponse
from requests.exceptions import ChunkedEncodingError, Timeout
from requests.exceptions import ConnectionError as NoConnection
from urllib3.exceptions import ProtocolError

TRIES = 3
# Seconds before a request is sent again.
PAUSE = 1.0
# https://cloud.google.com/storage/docs/retry-strategy
_PASSING = (408, 429, 500, 502, 503, 504)
_BROKEN_OFF = (NoConnection, Timeout, ChunkedEncodingError, ProtocolError)


class Tries(Retry):
    """Counts anew for each request, while the SDK's own policy knows a time alone: that takes
    minutes to report a dead endpoint. `again` tells whether any was sent more than once."""

    def __init__(self) -> None:
        super().__init__()
        self.again = False

    def __call__(self, func: Callable[..., Any], on_error: Any = None) -> Callable[..., Any]:
        failures = itertools.count(1)

        def may_try(error: Exception) -> bool:
            left = next(failures) < TRIES and _may_pass(error)
            self.again = self.again or left
            return left

        waiting = Retry(may_try, initial=PAUSE, maximum=PAUSE, multiplier=1, timeout=None)
        return waiting(func, on_error)


def _may_pass(error: Exception) -> bool:
    if isinstance(error, TransportError) and error.args:
        return _may_pass(error.args[0])
    if isinstance(error, GoogleAPICallError):
        return error.code in _PASSING
    if isinstance(error, InvalidResponse):
        return error.response.status_code in _PASSING
    return isinstance(error, _BROKEN_OFF)
