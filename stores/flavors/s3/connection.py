"""How connections to S3 are set up: for one store's key and endpoint, and nothing around them."""

from __future__ import annotations

import functools
import logging
import os
import threading
from typing import Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.client import BaseClient
from botocore.config import Config
from botocore.session import Session

from project.outgoing.transport import CheckedConnection, check_for_proxy, proxy_for
from stores.flavors import reach
from stores.flavors.buckets import Endpoint
from stores.flavors.s3.address import is_amazon
from stores.flavors.s3.credentials import AccessKey

# How often a request is sent at most.
TRIES = 3

# Below WARNING they write what they sign into the log.
for name in ("botocore", "urllib3"):
    logging.getLogger(name).setLevel(logging.WARNING)


def connect_to(endpoint: Endpoint, region: str, keys: AccessKey, timeout: float) -> BaseClient:
    """A client of the SDK for one store: the one place where connections to S3 are made.

    It signs with `keys` alone and goes to `endpoint` alone: what the environment and `~/.aws` say
    of keys, profiles, regions and endpoints is not looked at. Retries are few and short, and the
    SDK does not follow the service to another region.
    """
    with _MAKING:
        client = _session().create_client(
            "s3",
            region_name=region,
            endpoint_url=str(endpoint),
            aws_access_key_id=keys.key_id,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.session_token or None,
            verify=reach.bundle(),
            config=Config(
                signature_version="s3v4",
                connect_timeout=reach.CONNECT,
                read_timeout=timeout,
                retries={"mode": "standard", "total_max_attempts": TRIES},
                # We hand over MD5s of our own; many services know none of the newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": "virtual" if is_amazon(endpoint) else "path"},
            ),
        )
    client.meta.events.register_last("before-parameter-build.s3", _stay_in_region)
    client.meta.events.register_first("before-send.s3", _let_the_policy_decide)
    # Not those of proxies: they are the operator's, and called as they are.
    client._endpoint.http_session._manager.pool_classes_by_scheme = _POOLS
    return client


class _Connection(CheckedConnection, AWSHTTPConnection):
    """The SDK's connection, to where the policy looked."""


class _SecureConnection(CheckedConnection, AWSHTTPSConnection):
    """The same with TLS."""


class _Pool(AWSHTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(AWSHTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


def _let_the_policy_decide(request: Any, **_: Any) -> None:
    """Of what is asked through a proxy. Raises `Refused`."""
    if proxy_for(request.url):
        check_for_proxy(request.url)


# The SDK's clients may be shared between threads, its sessions may not.
_MAKING = threading.Lock()


@functools.cache
def _session() -> Session:
    """A session that reads neither the environment nor the files in `~/.aws`."""
    defaults = {
        name: (None, None, default, convert)
        for name, (_, _, default, convert) in Session.SESSION_VARIABLES.items()
    }
    nothing = (None, None, os.devnull, None)
    return Session(defaults | {"config_file": nothing, "credentials_file": nothing})


def _stay_in_region(context: dict[str, Any], **_: Any) -> None:
    """Tell the SDK that it has followed the service to another region already, so that it does
    not: the store's owner learns of it instead."""
    context["s3_redirect"]["redirected"] = True
