"""What Django has to know of this application."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """The application's name and label."""

    name = "project"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Storeroom"
