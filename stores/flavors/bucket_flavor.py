"""What flavors that keep objects in buckets do alike; SDKs and rules for names are their own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from stores.flavors.base import Category, Flavor, SignIn, StoreError
from stores.flavors.buckets import BucketPath, Endpoint
from stores.flavors.explaining import Meaning


class BucketFlavor(Flavor):
    """Buckets, and folders in them."""

    sign_ins = (SignIn.IMPLICIT, SignIn.FROM_SECRET)

    @abstractmethod
    def parse_path(self, path: str) -> BucketPath:
        """Read an address. Raises `ValidationError` with the rule that it broke."""

    @abstractmethod
    def endpoint(self, configuration: Mapping[str, Any]) -> Endpoint:
        """Where the service answers: the given endpoint, or the cloud's own. Raises
        `ValidationError`."""

    @abstractmethod
    def place(self, endpoint: Endpoint) -> str:
        """What tells this service's buckets from all others."""

    def check_endpoint(self, endpoint: Endpoint) -> None:
        """Raise `StoreError(SETTINGS)` for an endpoint that must not be sent what signs in."""

    def clean_path(self, path: str) -> str:
        return str(self.parse_path(path))

    def explain(
        self,
        typed: str,
        configuration: Mapping[str, Any],
        way: str,
        secret: str,
        values: Mapping[str, str],
    ) -> Meaning:
        store, endpoint = self.parse_path(typed), self.endpoint(configuration)
        return Meaning(
            (("Address", f"`{store}`"), ("Bucket", f"`{store.bucket}`"), ("At", f"`{endpoint}`"))
        )

    def location(
        self, path: str, configuration: Mapping[str, Any], values: Mapping[str, str]
    ) -> tuple[str, ...]:
        store = self.parse_path(path)
        return (self.slug, self.place(self.endpoint(configuration)), store.bucket, *store.parts)

    def check_settings(self, path: str, configuration: Mapping[str, Any], sign_in: SignIn) -> str:
        self.check_packages()
        try:
            store = self.parse_path(path)
            endpoint = self.endpoint(configuration)
        except ValidationError as error:
            raise StoreError(
                Category.SETTINGS,
                str(error.message),
                action="Correct it in the store's settings.",
            ) from None
        self.check_offered(sign_in)
        self.check_endpoint(endpoint)
        return f"Address and sign-in fit together: bucket `{store.bucket}` at `{endpoint}`."
