"""Tries are counted in rows of their own: the cache lost some of those that came together."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("juries", "0009_results_opened")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Tries",
            fields=[
                (
                    "key",
                    models.CharField(max_length=100, primary_key=True, serialize=False, verbose_name="clé"),
                ),
                ("count", models.PositiveIntegerField(default=0, verbose_name="essais")),
                ("until", models.DateTimeField(db_index=True, verbose_name="jusqu’à")),
            ],
            options={"ordering": ["key"]},
        ),
    ]
