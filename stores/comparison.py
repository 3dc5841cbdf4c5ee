"""What is different between two checks of a store, the likeliest cause of a failure first. Pure:
compares what was kept with them, and asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stores.permissions import FEATURES, Grants, facts_of, matrix

# What a check keeps to be compared, and how it is called; in the order of how often it is a cause.
LABELS = {
    "path": "Address of the store",
    "configuration": "Settings of the store",
    "sign_in": "Way to sign in",
    "secret": "Name of the secret",
    "secret_version": "Version of the secret",
    "expires": "End of the SAS token",
    "letters": "Rights of the SAS token",
    "account": "Account",
    "tenant": "Tenant of the identity",
    "object_id": "Identity",
    "identity": "Signed in as",
    "worker": "Machine of the worker",
    "addresses": "Addresses that the name stands for",
    "peer": "Address that answered",
    "issuer": "Issuer of the certificate",
    "sdk": "Version of the SDK",
}
# What somebody changes here, on purpose.
SETTINGS = ("path", "configuration", "sign_in", "secret")
SECRET = ("secret_version", "secret", "sign_in", "configuration")
SAS = ("secret_version", "secret", "letters", "sign_in", "configuration")
IDENTITY = ("identity", "object_id", "tenant", "secret_version", "secret", "sign_in")
NETWORK = ("configuration", "account", "addresses", "peer", "issuer", "worker", "secret_version")
# By the reason of a failure, else its category: which differences can have caused it.
CAUSES: dict[str, tuple[str, ...]] = {
    "settings": SETTINGS,
    "secret_missing": ("secret", "secret_version"),
    "secret_undecryptable": ("secret_version", "worker"),
    "secret_shape": SECRET,
    "secret_expired": ("expires", *SAS),
    "bad_key": SECRET,
    "key_disabled": SECRET,
    "bad_key_format": SECRET,
    "sas_expired": ("expires", *SAS),
    "sas_not_yet_valid": ("secret_version", "secret", "worker"),
    "sas_ip": ("worker", "secret_version", "secret", "addresses"),
    "clock_skew": ("worker",),
    "dns": ("configuration", "account", "secret_version", "worker", "addresses"),
    "network_rules": ("worker", "peer", "addresses", "configuration", "secret_version"),
    "forbidden": (*SAS, "worker"),
    "proxy": ("worker", "peer", "issuer"),
    "tls": ("issuer", "peer", "addresses", "configuration", "worker"),
    "tls_version": ("worker", "sdk"),
    "api_version": ("sdk", "configuration"),
    "https_required": ("configuration", "secret_version", "secret"),
    "container_missing": ("path", "configuration", "account", "secret_version", "secret"),
    "rbac_role": (*IDENTITY, "path"),
    "wrong_tenant": IDENTITY,
    "token": IDENTITY,
    "sas_permission": (*SAS, "path"),
}
# For reasons that have no line of their own.
BY_BEGINNING = {"sas_": SAS, "sp_": IDENTITY}
NETWORK_REASONS = ("network", "timeout", "protocol", "broken_off", "redirect", "connect")
# What happened elsewhere where nothing here explains the failure.
ELSEWHERE = {
    "bad_key": "The account's key was changed or rotated in Azure.",
    "key_disabled": "Account keys were switched off for the account in Azure.",
    "sas_malformed": "The key that signed the SAS token was rotated in Azure.",
    "sas_policy": "The stored access policy was removed from the container in Azure.",
    "sas_permission": "The stored access policy of the SAS token was changed in Azure.",
    "rbac_role": "A role was taken away from the identity in Azure.",
    "network_rules": "The account's network rules were changed in Azure.",
    "account_disabled": "The account or its subscription was disabled in Azure.",
    "container_missing": "The container was deleted in Azure.",
    "container_deleting": "The container was deleted in Azure a moment ago.",
    "clock_skew": "The clock of the worker's machine has drifted.",
    "dns": "The name lost its entry: in a private DNS zone, or because the account was deleted.",
    "tls": "What answers shows another certificate.",
    "throttled": "The account is busier than it was.",
    "sp_secret": "The client secret was removed in Entra.",
    "sp_secret_expired": "The client secret has come to its end.",
    "sp_disabled": "The application was switched off in Entra.",
    "sp_policy": "A policy of the tenant was changed in Entra.",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was; `likely` where it can have caused the failure. `what` is a
    key of `LABELS`, "elsewhere", or a right. `note` says who changed it and when."""

    what: str
    words: str
    likely: bool = False
    note: str = ""


def fingerprint(
    steps: Sequence[Mapping[str, Any]], flavor: Grants, known: Mapping[str, Any]
) -> dict[str, str]:
    """What a check keeps to be compared with later ones: what is `known` of the store, what the
    steps found out, and each right's mark. Holds no credential."""
    found = {name: value for name, value in facts_of(steps).items() if name in LABELS}
    marks = {row.right: row.mark for row in matrix(steps, flavor)}
    told = {name: "" if value is None else str(value) for name, value in known.items()}
    return {**told, **found, **marks}


def differences(
    before: Mapping[str, str], after: Mapping[str, str], why: str, now: datetime
) -> list[Difference]:
    """What differs between a check that was good and one that failed, likeliest first. `why` is
    the reason of the failure, `now` the time of the second.

    What the second check did not come to is left out. Where nothing that differs can have caused
    the failure, what most likely happened elsewhere comes first.
    """
    causes = _causes(why)
    found = [
        Difference(what, f"{label}: {before[what] or '–'} → {after[what] or '–'}", what in causes)
        for what, label in LABELS.items()
        if what in before and what in after and before[what] != after[what]
    ]
    found += _ended(before, after, causes, now)
    found.sort(key=lambda each: causes.index(each.what) if each.likely else len(LABELS))
    if not any(each.likely for each in found):
        words = ELSEWHERE.get(why, "Nothing here explains it: something changed elsewhere.")
        found.insert(0, Difference("elsewhere", words, likely=True))
    return found + [
        Difference(right, f"{label}: {before[right]} → refused")
        for right, (label, _) in FEATURES.items()
        if after.get(right) == "refused" != before.get(right, "refused")
    ]


def _causes(why: str) -> tuple[str, ...]:
    if why in NETWORK_REASONS:
        return NETWORK
    beginning = next((part for part in BY_BEGINNING if why.startswith(part)), "")
    return CAUSES.get(why) or BY_BEGINNING.get(beginning, ())


def _ended(
    before: Mapping[str, str], after: Mapping[str, str], causes: tuple[str, ...], now: datetime
) -> list[Difference]:
    """A SAS token that was valid at the first check and is not any more, while it is the same."""
    end = after.get("expires") or before.get("expires", "")
    same = before.get("secret_version") == after.get("secret_version")
    if not end or not same or datetime.fromisoformat(end) > now:
        return []
    return [Difference("expires", f"The SAS token came to its end: {end}", "expires" in causes)]
