"""A bloc certificate, once delivered, never changes."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse, refuse_truncate


class Migration(migrations.Migration):
    dependencies: ClassVar = [("juries", "0004_bloc_certificates")]
    operations: ClassVar = [
        refuse(
            "juries_bloccertificate",
            ["INSERT"],
            "Ce qui est proclamé ne se modifie pas.",
            "EXISTS (SELECT 1 FROM juries_bloccertificate t"
            " WHERE t.id = {row}.id OR t.acquired_id = {row}.acquired_id"
            " OR t.number = {row}.number OR t.code = {row}.code)",
        ),
        refuse_truncate("juries_bloccertificate", "Un certificat ne se modifie pas."),
        refuse(
            "juries_certificate",
            ["INSERT"],
            "Ce qui est proclamé ne se modifie pas.",
            "EXISTS (SELECT 1 FROM juries_certificate t"
            " WHERE t.number = {row}.number OR t.code = {row}.code)",
            name="juries_certificate_number",
        ),
        refuse_truncate("juries_certificate", "Un certificat ne se modifie pas."),
        refuse("juries_bloccertificate", ["UPDATE", "DELETE"], "Un certificat ne se modifie pas."),
    ]
