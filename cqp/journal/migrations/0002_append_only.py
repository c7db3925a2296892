"""The database refuses to change or remove an entry of the journal."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse


class Migration(migrations.Migration):
    dependencies: ClassVar = [("journal", "0001_initial")]
    operations: ClassVar = [
        refuse("journal_entry", ["UPDATE", "DELETE"], "Le journal ne se modifie pas."),
        refuse("journal_chain", ["DELETE"], "Le journal ne se modifie pas."),
    ]
