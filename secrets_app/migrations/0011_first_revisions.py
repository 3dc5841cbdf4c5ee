"""Secrets managers that were there before revisions were kept: what they are is their first."""

from django.db import migrations
from django.utils import timezone


def record(apps, schema_editor):
    history = apps.get_model("secrets_app", "HistoricalSecretsManager")
    for manager in apps.get_model("secrets_app", "SecretsManager").objects.iterator():
        history.objects.create(
            history_date=timezone.now(),
            history_type="+",
            id=manager.pk,
            name=manager.name,
            description=manager.description,
            flavor=manager.flavor,
            configuration=manager.configuration,
            labels=manager.labels,
            authentication_secret=manager.authentication_secret,
            owner_id=manager.owner_id,
            team_id=manager.team_id,
        )


class Migration(migrations.Migration):
    dependencies = [("secrets_app", "0010_revisions")]

    operations = [migrations.RunPython(record, migrations.RunPython.noop)]
