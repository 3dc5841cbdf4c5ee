"""Values belong to versions alone, which also say when and by whom."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("secrets_app", "0003_fill_versions")]

    operations = [
        migrations.AlterField(
            model_name="secretvalue",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="values",
                to="secrets_app.secretversion",
            ),
        ),
        migrations.RemoveField(model_name="secretvalue", name="secret"),
        migrations.AddConstraint(
            model_name="secretvalue",
            constraint=models.UniqueConstraint(
                fields=("version", "key"), name="secrets_app_one_value_a_key"
            ),
        ),
        migrations.RemoveField(model_name="secret", name="replaced_at"),
        migrations.RemoveField(model_name="secret", name="replaced_by"),
    ]
