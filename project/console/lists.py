"""Lists of the console, and what all admins of it share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from project import audit


class VisibleOnly(admin.RelatedFieldListFilter):
    """A list's filter by another thing: offers only those that the person may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        offered = field.related_model.objects.visible_to(request.user)
        return field.get_choices(include_blank=False, limit_choices_to={"pk__in": offered})


class ConsoleList:
    """A list of the console, drawn by `project.list_rows`. It filters by what it offers and no
    more: a lookup in the address that nobody offered could search what is not shown, or break the
    page."""

    change_list_template = "project/change_list.html"
    list_filter: Any

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        own = {getattr(each, "parameter_name", "") for each in self.list_filter}
        fields = [each for each in self.list_filter if not isinstance(each, type)]
        named = [each if isinstance(each, str) else each[0] for each in fields]
        ways = ("exact", "id__exact", "isnull")
        return lookup in {f"{name}__{way}" for name in named for way in ways} | {*named, *own}


class Audited:
    """An admin whose every change leaves a line in the audit, in the place of Django's log."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        audit.record(request.user, "added", obj)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        fields = [name for part in message for name in part.get("changed", {}).get("fields", [])]
        audit.record(request.user, "changed", obj, ", ".join(fields))

    def log_deletions(self, request: HttpRequest, queryset: QuerySet) -> None:
        for thing in queryset:
            audit.record(request.user, "deleted", thing)


class ConsoleAdmin(ConsoleList, ModelAdmin):
    """What all lists share: staff may open them, and rows lead to an overview where one is."""

    list_per_page = 25
    list_max_show_all = 200
    list_filter_submit = True
    overview_url: str | None = None
    # What is said of the things where there are none yet.
    empty_words = ""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, under the name of what it lists."""
        title = str(self.opts.verbose_name_plural).capitalize()
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """The form; for those who may not change the thing its overview, where it has one."""
        thing = self.get_object(request, unquote(object_id)) if self.overview_url else None
        if thing is None or self.has_change_permission(request, thing):
            return super().change_view(request, object_id, *args, **kwargs)
        return redirect(str(self.overview_url), thing.pk)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """A list whose rows lead to the overview page where the thing has one."""
        overview = self.overview_url

        class Rows(super().get_changelist(request, **kwargs)):  # type: ignore[misc]
            def url_for_result(self, result: Model) -> str:
                if overview is None:
                    return super().url_for_result(result)
                return reverse(overview, args=[result.pk])

        return Rows

    def _get_obj_does_not_exist_redirect(self, *args: Any) -> HttpResponse:
        """What is not there, or not theirs to see, is not found."""
        raise Http404


class HistoryAdmin(ConsoleAdmin):
    """Rows that the system writes: to be read, never changed by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
