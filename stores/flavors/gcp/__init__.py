"""Google Cloud Storage as a flavor: addresses, configuration, sign-in. Its name is ZenML's.

The SDK stays out of here: only `client` and `connection` import it, and only `open` imports them.
So the web process never loads it, and everything but opening a store works where it is not
installed.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from stores.flavors.base import Backend, Category, Flavor, SignIn, StoreError
from stores.flavors.buckets import Endpoint, parse_endpoint
from stores.flavors.explaining import Meaning, Snippet, Subject, registration, variables
from stores.flavors.gcp import address, credentials


class GcpConfigForm(forms.Form):
    """Where the service answers, for those to whom Google's own address does not lead."""

    api_endpoint = forms.CharField(
        label="Cloud Storage endpoint",
        required=False,
        max_length=300,
        help_text="Empty for Google's own. Otherwise such as"
        " `https://storage-name.p.googleapis.com`; a host that is not Google's has to be among"
        " the operator's STOREROOM_TOKEN_HOSTS.",
    )

    def clean_api_endpoint(self) -> str:
        """The endpoint in its normal form, or ""."""
        text = self.cleaned_data["api_endpoint"]
        return str(parse_endpoint(text)) if text else ""


class GcpFlavor(Flavor):
    """Buckets, and folders in them."""

    slug = "gcp"
    label = "Google Cloud Storage"
    path_hint = "`gs://bucket/path`"
    schemes = ("gs",)
    sign_ins = (SignIn.IMPLICIT, SignIn.FROM_SECRET)
    ConfigForm = GcpConfigForm
    packages = ("google-cloud-storage",)

    def clean_path(self, path: str) -> str:
        return str(address.parse_path(path))

    def explain(
        self,
        typed: str,
        configuration: Mapping[str, Any],
        way: str,
        secret: str,
        values: Mapping[str, str],
    ) -> Meaning:
        store, endpoint = address.parse_path(typed), _endpoint(configuration)
        return Meaning(
            (("Address", f"`{store}`"), ("Bucket", f"`{store.bucket}`"), ("At", f"`{endpoint}`"))
        )

    def snippets(self, subject: Subject) -> list[Snippet]:
        return [
            Snippet("Address", subject.path),
            Snippet("ZenML", registration(subject, self.slug)),
            Snippet(
                "pandas",
                f"import pandas as pd\n\npd.read_csv({subject.path + '/<file>.csv'!r})",
                "Needs the package `gcsfs`; it finds the variable of the environment block.",
            ),
            Snippet("gcloud", f"gcloud storage ls {shlex.quote(subject.path + '/')}"),
            Snippet(
                "Environment",
                variables({"GOOGLE_APPLICATION_CREDENTIALS": "<path of the key file>"}),
                "For Google's libraries, gcsfs and ZenML.",
            ),
        ]

    def location(
        self, path: str, configuration: Mapping[str, Any], values: Mapping[str, str]
    ) -> tuple[str, ...]:
        store = address.parse_path(path)
        return (self.slug, address.place(_endpoint(configuration)), store.bucket, *store.parts)

    def check_settings(self, path: str, configuration: Mapping[str, Any], sign_in: SignIn) -> str:
        self.check_packages()
        try:
            store = address.parse_path(path)
            endpoint = _endpoint(configuration)
        except ValidationError as error:
            raise StoreError(
                Category.SETTINGS,
                str(error.message),
                action="Correct it in the store's settings.",
            ) from None
        _check_offered(sign_in)
        credentials.check_receiver(endpoint, "The store's endpoint")
        return f"Address and sign-in fit together: bucket `{store.bucket}` at `{endpoint}`."

    def check_secret(
        self,
        path: str,
        configuration: Mapping[str, Any],
        sign_in: SignIn,
        values: Mapping[str, str],
    ) -> SignIn:
        _check_offered(sign_in)
        credentials.read(values)
        return SignIn.SERVICE_ACCOUNT

    def environment_values(self) -> tuple[dict[str, str], str]:
        return credentials.from_environment(os.environ)

    def open(
        self,
        path: str,
        configuration: Mapping[str, Any],
        sign_in: SignIn,
        values: Mapping[str, str],
        *,
        timeout: float = 60.0,
    ) -> Backend:
        self.check_settings(path, configuration, sign_in)
        key = credentials.read(values)
        # Here and not above: see the first lines of this module.
        from stores.flavors.gcp.client import GcpBackend

        return GcpBackend(address.parse_path(path), _endpoint(configuration), key, timeout)


def _endpoint(configuration: Mapping[str, Any]) -> Endpoint:
    """Where the service answers: the given endpoint, or Google's own."""
    text = configuration.get("api_endpoint") or ""
    return parse_endpoint(text) if text else address.GOOGLE


def _check_offered(sign_in: SignIn) -> None:
    """Raise `StoreError(SETTINGS)` for a way to sign in that no store of this flavor has."""
    if sign_in not in GcpFlavor.sign_ins:
        raise StoreError(
            Category.SETTINGS,
            "Google Cloud Storage needs a sign-in.",
            action="Name a secret in the store's settings.",
        )
