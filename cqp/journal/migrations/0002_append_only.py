"""The database refuses to change or remove an entry of the journal."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse, refuse_truncate


class Migration(migrations.Migration):
    dependencies: ClassVar = [("journal", "0001_initial")]
    operations: ClassVar = [
        refuse("journal_entry", ["UPDATE", "DELETE"], "Le journal ne se modifie pas."),
        refuse("journal_chain", ["DELETE"], "Le journal ne se modifie pas."),
        # REPLACE deletes without firing SQLite's DELETE triggers: a row that is there already is refused.
        refuse(
            "journal_entry",
            ["INSERT"],
            "Le journal ne se modifie pas.",
            "EXISTS (SELECT 1 FROM journal_entry e WHERE e.id = {row}.id"
            " OR (e.chain_id = {row}.chain_id AND e.seq = {row}.seq))",
        ),
        refuse_truncate("journal_entry", "Le journal ne se modifie pas."),
    ]
