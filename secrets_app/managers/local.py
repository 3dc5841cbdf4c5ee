"""The secrets manager that keeps its secrets in this database, sealed by `secrets_app.keyring`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from secrets_app.managers.base import ManagerFlavor


class LocalManager(ManagerFlavor):
    """This database: no settings, no network, always there."""

    slug = "local"
    label = "This database, sealed with Fernet"
    keeps_values_here = True
    ConfigForm = forms.Form

    def destination(self, configuration: Mapping[str, Any]) -> str:
        return ""

    def check(
        self, configuration: Mapping[str, Any], credentials: Mapping[str, str], timeout: float
    ) -> str:
        return "The values are kept in this database, sealed; nothing has to be reached."
