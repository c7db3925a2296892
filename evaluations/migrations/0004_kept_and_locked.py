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


SUBMITTED = (
    "{row}.outcome <> 'VIDE' AND EXISTS (SELECT 1 FROM evaluations_blocksheet s"
    " JOIN candidates_enrolment e ON e.part_id = s.part_id"
    " WHERE e.id = {row}.enrolment_id AND s.block_id = {row}.block_id AND s.state = 'TRANSMISE')"
)
# The responsible of a transmitted sheet may still change: somebody must be able to correct.
SIGNED_AWAY = (
    "OLD.state = 'TRANSMISE' AND (NEW.state <> OLD.state OR NEW.part_id <> OLD.part_id"
    " OR NEW.block_id <> OLD.block_id OR NEW.double_entry <> OLD.double_entry"
    " OR NEW.submitted_at <> OLD.submitted_at OR NEW.submitted_by_id <> OLD.submitted_by_id)"
)
SENTENCE = "Ces notes sont transmises."


class Migration(migrations.Migration):
    dependencies: ClassVar = [("evaluations", "0003_operations_and_sheets")]
    operations: ClassVar = [
        refuse("evaluations_operation", ["UPDATE", "DELETE"], "Un geste enregistré ne se modifie pas."),
        refuse(
            "evaluations_mark",
            ["UPDATE"],
            SENTENCE,
            UNSIGNED_CORRECTION,
            name="evaluations_submitted_mark",
        ),
        refuse("evaluations_mark", ["DELETE"], SENTENCE, SUBMITTED, name="evaluations_submitted_mark"),
        refuse("evaluations_blocksheet", ["UPDATE"], SENTENCE, SIGNED_AWAY),
        refuse("evaluations_blocksheet", ["DELETE"], SENTENCE, "{row}.state = 'TRANSMISE'"),
    ]
