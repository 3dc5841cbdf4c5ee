"""What Django has to know of this application."""

from django.apps import AppConfig


class StoresConfig(AppConfig):
    """The application's name and label."""

    name = "stores"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Artifacts"
