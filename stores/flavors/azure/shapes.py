"""What makes each way to sign in complete, in a secret and in a worker's environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stores.flavors.base import SignIn

# The attributes that make each way complete, in the order of ZenML's documentation. An account's
# address may stand for its name.
SHAPES = {
    SignIn.CONNECTION_STRING: ("connection_string",),
    SignIn.ACCOUNT_KEY: ("account_name", "account_key"),
    SignIn.SAS_TOKEN: ("account_name", "sas_token"),
    SignIn.SERVICE_PRINCIPAL: ("account_name", "tenant_id", "client_id", "client_secret"),
}
# The variables that ZenML and adlfs read begin so.
PREFIX = "AZURE_STORAGE_"


def from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The first complete set of `AZURE_STORAGE_*` variables, named as in a secret, in the order of
    ZenML's documentation; never parts of two sets. Without one, at most the account's name.

    https://docs.zenml.io/stacks/stack-components/artifact-stores/azure
    """
    for names in SHAPES.values():
        found = {name: environ.get(_variable(name), "") for name in names}
        if all(found.values()):
            return found
    account = environ.get(_variable("account_name"), "")
    return {"account_name": account} if account else {}


def lacking(environ: Mapping[str, str]) -> str:
    """Why no set of variables is complete, in a few words: what the one lacks of which most is
    there."""
    lacks = [
        [name for name in names if not environ.get(_variable(name))]
        for names in SHAPES.values()
        if any(environ.get(_variable(name)) for name in names if name != "account_name")
    ]
    if not lacks:
        return f"no {PREFIX}* variables to sign in with"
    nearest = min(lacks, key=len)
    return f"missing {variables(nearest, ' and ')}"


def variables(names: Iterable[str], between: str = " with ") -> str:
    """The variables that hold these attributes."""
    return between.join(map(_variable, names))


def _variable(name: str) -> str:
    return PREFIX + name.upper()
