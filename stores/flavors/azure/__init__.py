"""Azure Blob Storage as a flavor: addresses, configuration, and the way to sign in.

The SDK stays out of here: only `client` imports it, and only `open` imports `client`. So the web
process, which shows and checks settings, never loads it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from project import outgoing
from secrets_app.schemas.azure import clean_guid
from stores.flavors.azure import address, choosing, credentials, identities, shapes
from stores.flavors.azure import rights as azure_rights
from stores.flavors.azure.access import Access
from stores.flavors.azure.meaning import explain
from stores.flavors.azure.snippets import snippets
from stores.flavors.azure.typed import read
from stores.flavors.base import Backend, Category, Flavor, Grant, SignIn, StoreError
from stores.flavors.explaining import Meaning, Snippet, Subject


class AzureConfigForm(forms.Form):
    """Where the account answers, for those that the secret's account name does not lead to."""

    account_url = forms.CharField(
        label="Account address",
        required=False,
        max_length=300,
        help_text=(
            "Leave empty for an account in Azure's public cloud whose name the secret tells."
            " Otherwise like `https://account.blob.core.windows.net`, in another cloud"
            " `https://account.blob.core.chinacloudapi.cn`, for an emulator"
            " `http://127.0.0.1:10000/account`. Needed where no secret names the account."
        ),
    )
    client_id = forms.CharField(
        label="Client ID of the identity",
        required=False,
        max_length=36,
        help_text=(
            "Only for an identity that was assigned to the workers; empty for their own."
            " Portal → Managed Identities → yours → Client ID."
            ' `az identity list --query "[].{name:name,id:clientId}"`'
        ),
    )

    def clean_account_url(self) -> str:
        """The address in its normal form, or ""."""
        text = self.cleaned_data["account_url"]
        if not text:
            return ""
        url = address.parse_account_url(text)
        try:
            outgoing.check_name(url.host, url.port)
        except outgoing.Refused as refusal:
            raise ValidationError(refusal.words) from None
        return str(url)

    def clean_client_id(self) -> str:
        """A GUID, or ""."""
        text = self.cleaned_data["client_id"].strip()
        return clean_guid(text) if text else ""


class AzureFlavor(Flavor):
    """Containers in Azure Blob Storage, and folders in them."""

    slug = "azure"
    label = "Azure Blob Storage"
    path_hint = (
        "`az://container/path` or `abfs://container/path`; an"
        " `https://…blob.core.windows.net/…` address may be pasted"
    )
    schemes = address.SCHEMES
    sign_ins = (
        SignIn.IMPLICIT,
        SignIn.FROM_SECRET,
        SignIn.CONNECTION_STRING,
        SignIn.ACCOUNT_KEY,
        SignIn.SAS_TOKEN,
        SignIn.SERVICE_PRINCIPAL,
        SignIn.MANAGED_IDENTITY,
        SignIn.WORKLOAD_IDENTITY,
        SignIn.AZURE_CLI,
    )
    ConfigForm = AzureConfigForm
    packages = ("azure-storage-blob", "azure-identity")
    only_for: ClassVar[Mapping[str, SignIn]] = {"client_id": SignIn.MANAGED_IDENTITY}

    def clean_path(self, path: str) -> str:
        return str(read(path).path)

    def settings_in(self, typed: str, configuration: Mapping[str, Any]) -> dict[str, Any]:
        found = read(typed)
        given = _account_url(configuration)
        if found.account is None or (given and given.place == found.account.place):
            return dict(configuration)
        if given is None:
            return {**configuration, "account_url": str(found.account)}
        ours, theirs = (each.account or each.host for each in (found.account, given))
        raise ValidationError(
            f"Your address names account `{ours}`, the account's address names `{theirs}`. Which"
            f" is right? Clear the account's address to use `{ours}`, or write `{found.path}` to"
            f" use `{theirs}`."
        )

    def explain(
        self,
        typed: str,
        configuration: Mapping[str, Any],
        way: str,
        secret: str,
        values: Mapping[str, str],
    ) -> Meaning:
        url = _account_url(self.settings_in(typed, configuration))
        return explain(read(typed), url, way, secret, values)

    def snippets(self, subject: Subject) -> list[Snippet]:
        return snippets(subject, _account_url(subject.configuration))

    def location(
        self, path: str, configuration: Mapping[str, Any], values: Mapping[str, str]
    ) -> tuple[str, ...]:
        store = address.parse_path(path)
        place = credentials.place_of(_account_url(configuration), values)
        return (self.slug, place, store.container, *store.parts)

    def check_settings(self, path: str, configuration: Mapping[str, Any], sign_in: SignIn) -> str:
        try:
            store = address.parse_path(path)
            url = _account_url(configuration)
        except ValidationError as error:
            raise StoreError(
                Category.SETTINGS,
                str(error.message),
                action="Correct it in the store's settings.",
            ) from None
        if url:
            _check_policy(url)
        self.check_offered(sign_in)
        _check_fits(sign_in, url, configuration)
        at = f" at `{url}`" if url else ""
        return f"Address and sign-in fit together: container `{store.container}`{at}."

    def check_secret(
        self,
        path: str,
        configuration: Mapping[str, Any],
        sign_in: SignIn,
        values: Mapping[str, str],
    ) -> SignIn:
        self.check_offered(sign_in)
        url = _account_url(configuration)
        _check_policy(credentials.sign_in_with(sign_in, values, url).account_url)
        return choosing.choose(sign_in, values, url)

    def needs(self, right: str, facts: Mapping[str, str]) -> str:
        return azure_rights.needs(right, facts.get("signed_with", ""))

    def grant(self, rights: Iterable[str], facts: Mapping[str, str]) -> Grant:
        return azure_rights.grant(Access.of(facts), rights)

    def environment_values(self) -> tuple[dict[str, str], str]:
        values = shapes.from_environment(os.environ)
        if values.keys() - {"account_name"}:
            used = shapes.variables(values, ", ")
            return values, f"From the worker's environment: {used}."
        return values, (
            f"The worker's environment holds no complete set of variables"
            f" ({shapes.lacking(os.environ)}); what the worker runs as comes next."
        )

    def open(
        self,
        path: str,
        configuration: Mapping[str, Any],
        sign_in: SignIn,
        values: Mapping[str, str],
        *,
        timeout: float = 60.0,
    ) -> Backend:
        # Here and not above: see the first lines of this module.
        from stores.flavors.azure.client import AzureBackend

        self.check_settings(path, configuration, sign_in)
        found = credentials.sign_in_with(sign_in, values, _account_url(configuration))
        client_id = configuration.get("client_id") or ""
        return AzureBackend(address.parse_path(path), found, timeout, client_id)


def _account_url(configuration: Mapping[str, Any]) -> address.AccountUrl | None:
    text = configuration.get("account_url") or ""
    return address.parse_account_url(text) if text else None


def _check_policy(url: address.AccountUrl) -> None:
    """Raise `StoreError(POLICY)` for a host that this server may not call, as far as that can be
    told without looking it up."""
    try:
        outgoing.check_name(url.host, url.port)
    except outgoing.Refused as refusal:
        raise StoreError(Category.POLICY, refusal.text, action=refusal.action) from None


def _check_fits(
    sign_in: SignIn, url: address.AccountUrl | None, configuration: Mapping[str, Any]
) -> None:
    """Raise `StoreError(SETTINGS)` for settings that do not go with the sign-in."""
    for name, way in AzureFlavor.only_for.items():
        if configuration.get(name) and sign_in != way:
            raise StoreError(
                Category.SETTINGS,
                f"The setting `{name}` is for the sign-in “{way.label}” only; this store signs in"
                " another way.",
                action="Clear it, or choose that sign-in.",
            )
    if not sign_in.is_ambient or sign_in == SignIn.IMPLICIT:
        return
    if url is None or not url.account:
        raise StoreError(
            Category.SETTINGS,
            "This way to sign in has no secret that names the account, so the store has to.",
            action="Write the account's address, such as `https://account.blob.core.windows.net`,"
            " into the store's settings.",
        )
    identities.check_encrypted(url)
    identities.check_receiver(url)
