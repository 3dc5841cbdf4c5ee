"""What the SDK raises, as a `StoreError`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from requests.exceptions import (
    InvalidSchema,
    JSONDecodeError,
    ReadTimeout,
    RequestException,
    TooManyRedirects,
)
from urllib3.exceptions import HTTPError

from project import outgoing
from stores.flavors import reach
from stores.flavors.base import Category, StoreError
from stores.flavors.bucket_answers import redirected
from stores.flavors.gcp.errors import Attempt, classify, classify_sign_in


@contextmanager
def translated(attempt: Attempt, host: str, token_host: str, timeout: float) -> Iterator[None]:
    """Turn whatever the SDK raises into a `StoreError`; `host` is where it was to go, `token_host`
    where it asks for tokens."""
    try:
        yield
    except GoogleAPICallError as error:
        raise _answered(error.response, attempt) from error
    except InvalidResponse as error:
        raise _answered(error.response, attempt) from error
    except DataCorruption as error:
        raise StoreError(
            Category.INTEGRITY, f"`{attempt.name}` arrived damaged at the service."
        ) from error
    except RefreshError as error:
        raise _refused(error, attempt) from error
    except TransportError as error:
        raise _unreached(error, token_host, timeout) from error
    except (GoogleAuthError, RequestException, HTTPError) as error:
        raise _unreached(error, host, timeout) from error
    except (OSError, outgoing.Refused) as error:
        raise reach.explain(error, host) from error


def _answered(response: Any, attempt: Attempt) -> StoreError:
    """The error for an answer of the service that is not a success."""
    try:
        told = response.json()["error"]
        reason, detail = str(told["errors"][0]["reason"]), str(told.get("message", ""))
    except (ValueError, LookupError, TypeError):
        reason, detail = "", response.text
    request_id = response.headers.get("X-GUploader-UploadID", "")
    return classify(response.status_code, reason, detail, request_id, attempt)


def _refused(error: RefreshError, attempt: Attempt) -> StoreError:
    """The error for a refusal where tokens are asked for."""
    told = next((each for each in error.args if isinstance(each, dict)), {})
    code, detail = str(told.get("error", "")), str(told.get("error_description", ""))
    return classify_sign_in(code, detail, attempt)


def _unreached(error: Exception, host: str, timeout: float) -> StoreError:
    """The error for a call that brought no answer, or one that leads elsewhere or is not the
    service's."""
    cause = error.args[0] if isinstance(error, TransportError) and error.args else error
    if isinstance(cause, TooManyRedirects):
        status = cause.response.status_code if cause.response is not None else 302
        return redirected(status)
    if isinstance(cause, InvalidSchema):
        return redirected(200)
    if isinstance(cause, JSONDecodeError):
        return reach.misunderstood(host)
    if isinstance(cause, ReadTimeout):
        return reach.silent(host, timeout)
    return reach.explain(error, host)
