"""Versions of secrets, and vaults beside this database."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import secrets_app.managers
import secrets_app.sealing


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("secrets_app", "0001_secrets"),
    ]

    operations = [
        migrations.CreateModel(
            name="FingerprintKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("serial", models.CharField(max_length=16, unique=True)),
                ("sealed", secrets_app.sealing.SealedField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="SecretVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("fingerprint", models.CharField(blank=True, db_index=True, max_length=80)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(null=True)),
                ("unused_since", models.DateTimeField(null=True)),
                ("destroyed_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "secret",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="secrets_app.secret",
                    ),
                ),
            ],
            options={"ordering": ["-number"]},
        ),
        migrations.AddConstraint(
            model_name="secretversion",
            constraint=models.UniqueConstraint(
                fields=("secret", "number"), name="secrets_app_one_version_a_number"
            ),
        ),
        migrations.AddField(
            model_name="secret",
            name="remind_after_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Days after which a value without an end, such as an account key, should"
                " be replaced. Empty: never.",
                null=True,
                verbose_name="remind after",
            ),
        ),
        migrations.AddField(
            model_name="secretsmanager",
            name="authentication_secret",
            field=models.CharField(blank=True, max_length=100, verbose_name="secret"),
        ),
        migrations.AlterField(
            model_name="secretsmanager",
            name="flavor",
            field=models.CharField(
                choices=secrets_app.managers.manager_choices, default="local", max_length=50
            ),
        ),
        migrations.RemoveConstraint(
            model_name="secretvalue", name="secrets_app_one_value_a_key"
        ),
        migrations.RenameField(
            model_name="secretvalue", old_name="version", new_name="sealed_for"
        ),
        migrations.AlterField(
            model_name="secretvalue", name="sealed", field=secrets_app.sealing.SealedField()
        ),
        migrations.AddField(
            model_name="secretvalue",
            name="version",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="values",
                to="secrets_app.secretversion",
            ),
        ),
    ]
