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

from stores.flavors.base import Backend, SignIn
from stores.flavors.bucket_flavor import BucketFlavor
from stores.flavors.buckets import BucketPath, Endpoint, parse_endpoint
from stores.flavors.explaining import Snippet, Subject, registration, variables
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


class GcpFlavor(BucketFlavor):
    """Buckets, and folders in them."""

    slug = "gcp"
    label = "Google Cloud Storage"
    path_hint = "`gs://bucket/path`"
    schemes = ("gs",)
    ConfigForm = GcpConfigForm
    packages = ("google-cloud-storage",)

    def parse_path(self, path: str) -> BucketPath:
        return address.parse_path(path)

    def endpoint(self, configuration: Mapping[str, Any]) -> Endpoint:
        text = configuration.get("api_endpoint") or ""
        return parse_endpoint(text) if text else address.GOOGLE

    def place(self, endpoint: Endpoint) -> str:
        return address.place(endpoint)

    def check_endpoint(self, endpoint: Endpoint) -> None:
        credentials.check_receiver(endpoint, "The store's endpoint")

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

    def check_secret(
        self,
        path: str,
        configuration: Mapping[str, Any],
        sign_in: SignIn,
        values: Mapping[str, str],
    ) -> SignIn:
        self.check_offered(sign_in)
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

        return GcpBackend(self.parse_path(path), self.endpoint(configuration), key, timeout)
