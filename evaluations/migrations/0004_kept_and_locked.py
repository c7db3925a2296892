"""A gesture is kept as it was; a transmitted mark changes only by a correction that says so."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse

UNSIGNED_CORRECTION = (
    "(NEW.corrected_at IS NULL OR NEW.corrected_at = OLD.corrected_at) AND OLD.outcome <> 'VIDE'"
    " AND (NEW.outcome <> OLD.outcome OR NEW.value <> OLD.value)"
    " AND EXISTS (SELECT 1 FROM evaluations_blocksheet s"
    " JOIN candidates_enrolment e ON e.part_id = s.part_id"
    " WHERE e.id = OLD.enrolment_id AND s.block_id = OLD.block_id AND s.state = 'TRANSMISE')"
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("evaluations", "0003_operations_and_sheets")]
    operations: ClassVar = [
        refuse("evaluations_operation", ["UPDATE", "DELETE"], "Un geste enregistré ne se modifie pas."),
        refuse(
            "evaluations_mark",
            ["UPDATE"],
            "Ces notes sont transmises.",
            UNSIGNED_CORRECTION,
            name="evaluations_submitted_mark",
        ),
    ]
