"""What Django has to know of this application."""

from django.apps import AppConfig


class SecretsAppConfig(AppConfig):
    """The application's name and label."""

    name = "secrets_app"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Credentials"
