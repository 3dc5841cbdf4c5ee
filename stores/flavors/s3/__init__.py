"""Amazon S3, and what speaks its protocol, as a flavor: addresses, configuration, sign-in.

The SDK stays out of here: only `client` imports it, and only `open` imports `client`. So the web
process never loads it, and everything but opening a store works where it is not installed.
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
from stores.flavors.explaining import (
    Snippet,
    Subject,
    option,
    registration,
    variables,
)
from stores.flavors.s3 import address, credentials


class S3ConfigForm(forms.Form):
    """Where the bucket is; ZenML keeps both in `client_kwargs`."""

    region = forms.CharField(
        label="Region",
        required=False,
        max_length=40,
        help_text=(
            f"Such as `eu-central-1`; empty is `{address.DEFAULT_REGION}`."
            " `aws s3api get-bucket-location --bucket BUCKET` tells a bucket's."
        ),
    )
    endpoint_url = forms.CharField(
        label="S3 endpoint",
        required=False,
        max_length=300,
        help_text="Empty for Amazon's own. Otherwise where the service answers, such as"
        " `https://minio.example.com:9000`.",
    )

    def clean_region(self) -> str:
        """A region's name, or ""."""
        region = str(self.cleaned_data["region"]).lower()
        address.check_region(region)
        return region

    def clean_endpoint_url(self) -> str:
        """The endpoint in its normal form, or ""."""
        text = self.cleaned_data["endpoint_url"]
        return str(parse_endpoint(text)) if text else ""


class S3Flavor(BucketFlavor):
    """Buckets, and folders in them."""

    slug = "s3"
    label = "Amazon S3"
    path_hint = "`s3://bucket/path`"
    schemes = ("s3",)
    ConfigForm = S3ConfigForm
    packages = ("botocore",)

    def parse_path(self, path: str) -> BucketPath:
        return address.parse_path(path)

    def endpoint(self, configuration: Mapping[str, Any]) -> Endpoint:
        text = configuration.get("endpoint_url") or ""
        return parse_endpoint(text) if text else address.amazon_endpoint(_region(configuration))

    def place(self, endpoint: Endpoint) -> str:
        return address.place(endpoint)

    def snippets(self, subject: Subject) -> list[Snippet]:
        endpoint = subject.configuration.get("endpoint_url", "")
        region = _region(subject.configuration)
        at = f" {option('endpoint-url', endpoint)}" if endpoint else ""
        keys = {
            "AWS_ACCESS_KEY_ID": "<access key ID>",
            "AWS_SECRET_ACCESS_KEY": "<secret access key>",
            "AWS_DEFAULT_REGION": region,
        }
        return [
            Snippet("Address", subject.path),
            Snippet("ZenML", registration(subject, self.slug)),
            Snippet(
                "pandas",
                f"import pandas as pd\n\npd.read_csv({subject.path + '/<file>.csv'!r})",
                "Needs the package `s3fs`; it finds the variables of the environment block.",
            ),
            Snippet("aws", f"aws s3 ls {shlex.quote(subject.path + '/')}{at}"),
            Snippet(
                "Environment",
                variables(keys | ({"AWS_ENDPOINT_URL_S3": endpoint} if endpoint else {})),
                "For aws, boto3, s3fs and ZenML.",
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
        return SignIn.ACCESS_KEY

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
        keys = credentials.read(values)
        # Here and not above: see the first lines of this module.
        from stores.flavors.s3.client import S3Backend

        where = self.parse_path(path), self.endpoint(configuration), _region(configuration)
        return S3Backend(*where, keys, timeout)


def _region(configuration: Mapping[str, Any]) -> str:
    """The region that is given, or the SDK's usual one."""
    return configuration.get("region") or address.DEFAULT_REGION
