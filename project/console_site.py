"""The console as an admin site."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

from project.navigation import sections


class ConsoleSite(UnfoldAdminSite):
    """The theme's site. Every page has the list of all models and what a person may do with them
    at hand; it is worked out only where a page shows it: our sidebar has sections of its own."""

    index_title = "Dashboard"
    empty_value_display = "–"

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Our sidebar, as it is: the theme's own would look for more in it than there is."""
        return sections(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """As Django's, once it is looked at."""
        found = super().get_app_list
        return SimpleLazyObject(lambda: found(request, app_label))
