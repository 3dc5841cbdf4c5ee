"""Answers that refuse who is asking.

https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes
https://learn.microsoft.com/rest/api/storageservices/sas-error-codes
https://learn.microsoft.com/troubleshoot/azure/azure-storage/blobs/authentication/storage-troubleshoot-403-errors
"""

from __future__ import annotations

from stores.flavors.azure.answers.row import (
    Row,
    both,
    emulated,
    from_another_tenant,
    says,
    too_early,
    with_key,
    with_sas,
    with_token,
)
from stores.flavors.base import Category

REFUSED = ("AuthenticationFailed", "InvalidAuthenticationInfo")
_SHOW_KEYS = "az storage account keys list --account-name {account}"
_PASTE_KEY = "Copy key1 or key2 again (portal → storage account → Access keys) into the secret."
_NEW_SAS = (
    "az storage container generate-sas --account-name {account} --name {container}"
    " --permissions {letters} --https-only --expiry EXPIRY"
)

ROWS = (
    Row(
        REFUSED,
        Category.SIGN_IN,
        "sas_not_yet_valid",
        "The SAS token is not valid yet: it starts{starts}.{clock}",
        "Make a SAS token that begins 15 minutes back, or leave its beginning (`st`) out.",
        _NEW_SAS,
        too_early,
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "sas_expired",
        "The SAS token expired{expired}.{clock}",
        "Make a new SAS token and put it into the secret.",
        _NEW_SAS,
        says("not valid in the specified time frame"),
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "clock_skew",
        "This machine's clock is {skew}; Azure refuses what is more than 15 minutes off.",
        "Set the clock of the machine that the worker runs on (NTP).",
        "timedatectl status",
        says("date header too old", "Date header too old"),
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "bad_key",
        "The key does not belong to account `{account}`, or it was rotated.",
        _PASTE_KEY,
        _SHOW_KEYS,
        says("MAC signature"),
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "sas_malformed",
        "The SAS token does not fit account `{account}`: it was cut off, changed, or signed with a"
        " key that was rotated since.",
        "Paste the SAS token again, or make a new one.",
        _NEW_SAS,
        says("ignature did not match"),
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "sas_scope",
        "The SAS token was made for something smaller than container `{container}`.",
        "Make a SAS token for the container (`sr=c`) or the account.",
        _NEW_SAS,
        says("not allowed for this resource level"),
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "sas_policy",
        "The SAS token names a stored access policy that the container does not have (any more).",
        "Make the policy again (it takes up to 30 s to work), or a SAS token without one.",
        "az storage container policy list --account-name {account} --container-name {container}",
        says("signed identifier"),
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "sas_malformed",
        "The SAS token is malformed.",
        "Paste the SAS token again: most often its end was cut off.",
        _NEW_SAS,
        says("not well formed"),
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "token",
        "The token of Entra has expired.",
        "Check again: a new one is fetched. If it stays, set this machine's clock (NTP).",
        when=says("token is expired", "Lifetime validation failed"),
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "wrong_tenant",
        "The token is from tenant {own_tenant}, the account lives in tenant {tenant}.",
        "Put the account's tenant into the secret, and an application of that tenant.",
        when=from_another_tenant,
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "wrong_tenant",
        "The token is from a tenant that account `{account}` does not trust.",
        "Compare the secret's tenant ID with that of the account's subscription.",
        "az account show --query tenantId",
        says("Issuer validation failed", "Invalid token issuer"),
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "token",
        "The token was made for another service than Azure Storage.",
        "Compare the cloud of the sign-in with the cloud of the account's address.",
        when=says("Audience validation failed", "Invalid token audience"),
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "bad_key",
        "Azure refused the sign-in to account `{account}`. Most often the key is wrong or was"
        " rotated.",
        _PASTE_KEY,
        _SHOW_KEYS,
        with_key,
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "sas_malformed",
        "Azure refused the SAS token for account `{account}`, and does not say why.",
        "Paste the SAS token again, or make a new one.",
        _NEW_SAS,
        with_sas,
    ),
    Row(
        REFUSED,
        Category.SIGN_IN,
        "token",
        "Azure refused the token for account `{account}`, and does not say why.",
        "Compare the secret's tenant ID with that of the account's subscription.",
        "az account show --query tenantId",
        with_token,
    ),
    Row(
        ("AuthorizationFailure",),
        Category.SIGN_IN,
        "bad_key",
        "Refused by the emulator, which does not say why. Most often the key is wrong.",
        "Enter the emulator's account name and key again.",
        when=both(emulated, with_key),
    ),
    Row(
        ("AuthorizationFailure",),
        Category.SIGN_IN,
        "sas_malformed",
        "Refused by the emulator, which does not say why. Most often the SAS token has expired, is"
        " cut off, or was made for something else.",
        "Make a new SAS token and put it into the secret.",
        when=both(emulated, with_sas),
    ),
    Row(
        ("AuthorizationFailure",),
        Category.SIGN_IN,
        "network_rules",
        "Refused. Most often the account's network rules; the code does not tell for sure. (An"
        " emulator says the same to a wrong key.)",
        "Compare a check from another machine, or let the account's owner look at its network"
        " rules. Rules for addresses do not apply to traffic from the same Azure region.",
        "az storage account show --name {account} --query networkRuleSet",
    ),
    Row(
        ("KeyBasedAuthenticationNotPermitted",),
        Category.SIGN_IN,
        "key_disabled",
        "This account accepts no SAS tokens that an account key signed. Your token may be right.",
        "Sign in with a service principal or a managed identity, or with a SAS token that an"
        " identity signed. Only an administrator should allow keys again:",
        "az storage account update --name {account} --allow-shared-key-access true",
        with_sas,
    ),
    Row(
        ("KeyBasedAuthenticationNotPermitted",),
        Category.SIGN_IN,
        "key_disabled",
        "This account accepts no account keys. Your key may be right.",
        "Sign in with a service principal or a managed identity. Keys are switched off on purpose;"
        " only an administrator should allow them again:",
        "az storage account update --name {account} --allow-shared-key-access true",
    ),
    Row(
        ("AuthorizationServiceMismatch",),
        Category.SIGN_IN,
        "sas_service",
        "The SAS token is signed for {services}, not for blobs.",
        "Make a SAS token for blobs (`ss=b`).",
        _NEW_SAS,
    ),
    Row(
        ("AuthorizationProtocolMismatch",),
        Category.SIGN_IN,
        "https_required",
        "The SAS token allows https only, and the account's address is an http one.",
        "Write `https://` in the account's address.",
    ),
    Row(
        ("AuthorizationSourceIPMismatch",),
        Category.SIGN_IN,
        "sas_ip",
        "The SAS token allows {allowed_ip}; we come from {ip}.",
        "Make a SAS token that allows this address (`sip`), or run the worker inside of it.",
        _NEW_SAS,
    ),
    Row(
        ("AccountIsDisabled",),
        Category.SIGN_IN,
        "account_disabled",
        "Account `{account}` is disabled.",
        "Look at the subscription's state and its billing in the portal.",
        "az account show --query state",
    ),
    Row(
        ("NoAuthenticationInformation", "PublicAccessNotPermitted"),
        Category.SIGN_IN,
        "no_credentials",
        "No credential arrived at the service.",
        "A proxy may have taken it out; otherwise look at how the store signs in.",
    ),
)
