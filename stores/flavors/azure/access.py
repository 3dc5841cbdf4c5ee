"""Who asks an account for what, as far as it can be known without asking anybody. Holds no
credential: what it knows of a token is what the token says of itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Self

from django.core.exceptions import ValidationError

from project.entra.identity import claims, holder
from secrets_app.schemas.sas import parse_sas
from stores.flavors.azure.address import StorePath
from stores.flavors.azure.credentials import Credentials


class SignedWith(StrEnum):
    """What a request carries to be let in: the same refusal means something else for each."""

    KEY = "key"
    SAS = "sas"
    TOKEN = "token"


@dataclass(frozen=True, slots=True)
class Access:
    """What is known; "" is unknown. `letters`, `services`, `ip`, `expires` and `version` are what
    a SAS token says of itself, `tenant` and `object_id` what a token of Entra does; `principal`
    is Azure's word for what kind of identity that is, and `identity` says in words who."""

    account: str = ""
    container: str = ""
    folder: str = ""
    signed_with: str = ""
    emulated: str = ""
    letters: str = ""
    services: str = ""
    ip: str = ""
    expires: str = ""
    version: str = ""
    tenant: str = ""
    object_id: str = ""
    principal: str = ""
    identity: str = ""

    def facts(self) -> dict[str, str]:
        """What is known, to be kept with a check."""
        known = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in known if value}

    @classmethod
    def of(cls, facts: Mapping[str, str]) -> Self:
        """The access that these facts, kept with a check, were taken from."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in facts.items() if name in known})

    def with_token(self, authorization: str) -> Access:
        """What the token in a request's Authorization header adds; see `with_claims`."""
        scheme, _, token = authorization.partition(" ")
        return self.with_claims(claims(token) if scheme.lower() == "bearer" else {})

    def with_claims(self, said: Mapping[str, str]) -> Access:
        """What a token of Entra adds by what it says of itself: whose it is, and of which
        tenant."""
        person = "scp" in said or "upn" in said
        return replace(
            self,
            tenant=said.get("tid", self.tenant),
            object_id=said.get("oid", self.object_id),
            principal="User" if person else "ServicePrincipal",
            identity=holder(said) if said else self.identity,
        )


def access_of(path: StorePath, credentials: Credentials) -> Access:
    """What address and credentials tell."""
    access = Access(
        account=credentials.account_name or credentials.account_url.account,
        container=path.container,
        folder="/".join(path.parts),
        signed_with=_signed_with(credentials),
        emulated="yes" if credentials.account_url.in_path else "",
    )
    if not credentials.sas_token:
        return access
    try:
        sas = parse_sas(credentials.sas_token)
    except ValidationError:
        return access
    return replace(
        access,
        letters="".join(sas.permissions),
        services=" and ".join(sas.services),
        ip=sas.ip,
        expires=sas.expires.isoformat() if sas.expires else "",
        version=sas.version if re.fullmatch(r"\d{4}-\d\d-\d\d", sas.version) else "",
    )


def _signed_with(credentials: Credentials) -> SignedWith:
    if credentials.sas_token:
        return SignedWith.SAS
    return SignedWith.KEY if credentials.account_key else SignedWith.TOKEN
