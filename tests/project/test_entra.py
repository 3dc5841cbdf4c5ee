"""To which hosts a token may go."""

from __future__ import annotations

from typing import Any

import pytest

from project.entra import may_receive_tokens

CLOUDS = (".vault.azure.net",)


@pytest.mark.parametrize("host", ["x.vault.azure.net", "X.Vault.Azure.Net", "own.example:8443"])
def test_s30_a_clouds_host_and_a_named_one_may_have_a_token(host: str, settings: Any) -> None:
    settings.STOREROOM_TOKEN_HOSTS = ["own.example:8443"]

    assert may_receive_tokens(host, CLOUDS)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "own.example",
        "evil.example\\.vault.azure.net",
        "evil.example/.vault.azure.net",
        "evil.example?.vault.azure.net",
        "evil.example#.vault.azure.net",
        "evil.example@x.vault.azure.net",
        "evil.example\t.vault.azure.net",
        "evil.example\n.vault.azure.net",
        "x.vault.azure.net\n",
        "\u24e7.vault.azure.net",
        "",
    ],
)
def test_s30_what_is_no_such_host_gets_none(host: str, settings: Any) -> None:
    settings.STOREROOM_TOKEN_HOSTS = ["own.example:8443"]

    assert not may_receive_tokens(host, CLOUDS)
