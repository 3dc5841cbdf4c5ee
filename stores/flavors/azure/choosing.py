"""Which way to sign in the values of a secret or of the environment allow."""

from __future__ import annotations

from collections.abc import Mapping

from stores.flavors.azure.address import AccountUrl
from stores.flavors.azure.shapes import SHAPES, variables
from stores.flavors.base import Category, SignIn, StoreError


def choose(
    sign_in: SignIn, values: Mapping[str, str], account_url: AccountUrl | None = None
) -> SignIn:
    """The one way to sign in: the named one, or for `FROM_SECRET` and `IMPLICIT` the only one that
    is complete.

    `IMPLICIT` stays where the values are no complete way, but an account is known: whom the
    worker runs as then signs in. Raises `StoreError(SECRET_SHAPE)` when the values do not allow
    exactly one.
    """
    given = given_in(values, account_url)
    if sign_in in SHAPES:
        _require(SHAPES[sign_in], given)
        return sign_in
    if sign_in not in (SignIn.FROM_SECRET, SignIn.IMPLICIT):
        return sign_in
    # The account's name, which all but one need, tells nothing of which is meant.
    begun = [way for way, needs in SHAPES.items() if given.keys() >= {*needs} - {"account_name"}]
    if len(begun) > 1:
        ways = "; ".join(_attributes(SHAPES[way]) for way in begun)
        raise misshapen(
            f"The secret holds {len(begun)} ways to sign in: {ways}.",
            "Choose one of them in the store's settings, or keep only one in the secret.",
        )
    if begun:
        _require(SHAPES[begun[0]], given)
        return begun[0]
    if sign_in == SignIn.FROM_SECRET:
        raise misshapen(
            "The secret holds no complete way to sign in.",
            "It needs `connection_string`, or `account_name` with `account_key`, `sas_token`, or"
            " `tenant_id`, `client_id` and `client_secret`.",
        )
    if "account_name" not in given:
        raise StoreError(
            Category.SECRET_MISSING,
            "The worker's environment holds no complete set of variables, and names no account."
            f" The sets: {'; '.join(map(variables, SHAPES.values()))}.",
            action="Set one of these sets for the workers, or name a secret in the store's"
            " settings.",
        )
    return SignIn.IMPLICIT


def given_in(values: Mapping[str, str], account_url: AccountUrl | None) -> dict[str, str]:
    """The attributes that hold something, and the account's name if only the address tells it."""
    given = {name: value.strip() for name, value in values.items() if value and value.strip()}
    if account_url is not None and account_url.account:
        given.setdefault("account_name", account_url.account)
    return given


def _require(needs: tuple[str, ...], given: Mapping[str, str]) -> None:
    missing = [name for name in needs if name not in given]
    if missing:
        raise misshapen(
            f"This way to sign in needs {_attributes(needs)}; the secret lacks"
            f" {_attributes(missing)}.",
            "Add what is missing to the secret, or choose another way to sign in.",
        )


def _attributes(names: tuple[str, ...] | list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def misshapen(text: str, action: str = "", reason: str = "") -> StoreError:
    """The error for values that are no way to sign in."""
    return StoreError(Category.SECRET_SHAPE, text, action=action, reason=reason)
