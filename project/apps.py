"""What Django has to know of this application."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class ProjectConfig(AppConfig):
    """The application's name and label."""

    name = "project"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Storeroom"

    def ready(self) -> None:
        """Have the audit told of sign-ins that were locked."""
        from axes.signals import user_locked_out

        from project import audit

        user_locked_out.connect(audit.record_lockout)


class ConsoleConfig(admin.AdminConfig):
    """Django's admin, with the console as its site."""

    default = False
    default_site = "project.console_site.ConsoleSite"
