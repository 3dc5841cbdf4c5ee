"""Each secret's values become its version in use. They stay sealed as they are."""

from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    """Make the version in use of each secret that has one, and hang its values below it."""
    Secret = apps.get_model("secrets_app", "Secret")
    SecretVersion = apps.get_model("secrets_app", "SecretVersion")
    SecretValue = apps.get_model("secrets_app", "SecretValue")
    for secret in Secret.objects.exclude(version=0).iterator():
        version = SecretVersion.objects.create(
            secret=secret,
            number=secret.version,
            created_at=secret.replaced_at or secret.changed_at,
            created_by_id=secret.replaced_by_id,
        )
        SecretValue.objects.filter(secret=secret).update(version=version)


class Migration(migrations.Migration):
    dependencies = [("secrets_app", "0002_versions")]

    operations = [migrations.RunPython(fill)]
