"""Nothing takes the place of a frozen rule, mark or line of carnet, and their tables are not emptied."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse, refuse_overwrite, refuse_truncate

ALWAYS = "1 = 1"
PUBLISHED = (
    "EXISTS (SELECT 1 FROM evaluations_regulation r WHERE r.id = {row}.regulation_id AND r.state = 'PUBLIE')"
)
OF_BLOCK = (
    "EXISTS (SELECT 1 FROM evaluations_block b JOIN evaluations_regulation r ON r.id = b.regulation_id"
    " WHERE b.id = {row}.block_id AND r.state = 'PUBLIE')"
)
OF_BLOC = (
    "EXISTS (SELECT 1 FROM evaluations_bloccompetence b"
    " JOIN evaluations_regulation r ON r.id = b.regulation_id"
    " WHERE b.id = {row}.bloc_id AND r.state = 'PUBLIE')"
)
OF_COMPETENCE = (
    "EXISTS (SELECT 1 FROM evaluations_competence c"
    " JOIN evaluations_bloccompetence b ON b.id = c.bloc_id"
    " JOIN evaluations_regulation r ON r.id = b.regulation_id"
    " WHERE c.id = {row}.competence_id AND r.state = 'PUBLIE')"
)
PROCLAIMED = (
    "EXISTS (SELECT 1 FROM candidates_enrolment e JOIN candidates_session s ON s.id = e.session_id"
    " WHERE e.id = {row}.enrolment_id AND s.state = 'PROCLAMEE')"
)
OF_PARENT = (
    "EXISTS (SELECT 1 FROM evaluations_{parent} p"
    " JOIN candidates_enrolment e ON e.id = p.enrolment_id"
    " JOIN candidates_session s ON s.id = e.session_id"
    " WHERE p.id = {{row}}.{key} AND s.state = 'PROCLAMEE')"
)
OF_JUDGEMENT = OF_PARENT.format(parent="blocjudgement", key="judgement_id")
OF_ATTESTATION = OF_PARENT.format(parent="masteryattestation", key="attestation_id")
OF_MET = OF_PARENT.format(parent="masteryattestation", key="masteryattestation_id")
SUBMITTED = (
    "{row}.outcome <> 'VIDE' AND EXISTS (SELECT 1 FROM evaluations_blocksheet s"
    " JOIN candidates_enrolment e ON e.part_id = s.part_id"
    " WHERE e.id = {row}.enrolment_id AND s.block_id = {row}.block_id AND s.state = 'TRANSMISE')"
)
SAME_MARK = (
    "EXISTS (SELECT 1 FROM evaluations_mark kept WHERE kept.enrolment_id = NEW.enrolment_id"
    " AND kept.block_id = NEW.block_id AND kept.attempt = NEW.attempt AND {sent} AND {but})"
).replace("{sent}", SUBMITTED.replace("{row}", "kept"))
# Marks are written by an INSERT that updates the mark that is there: as an UPDATE, it must be a correction.
UNSIGNED_CORRECTION = SAME_MARK.replace(
    "{but}",
    "(NEW.corrected_at IS NULL OR NEW.corrected_at = kept.corrected_at)"
    " AND (NEW.outcome <> kept.outcome OR NEW.value <> kept.value)",
)
ANOTHER = SAME_MARK.replace("{but}", "kept.id <> OLD.id")
RULES, DONE = "Un règlement publié ne se modifie pas.", "La session est proclamée."
SENT, GESTURE = "Ces notes sont transmises.", "Un geste enregistré ne se modifie pas."
REOPENING, ADOPTED = "Une réouverture ne se modifie pas.", "Le règlement d’une session ne change pas."

FROZEN: tuple[tuple[str, str, str, *tuple[tuple[str, ...], ...]], ...] = (
    ("regulation", RULES, "{row}.state = 'PUBLIE'", ("code", "version")),
    ("block", RULES, PUBLISHED),
    ("seatrule", RULES, PUBLISHED),
    ("bloccompetence", RULES, PUBLISHED),
    ("competence", RULES, OF_BLOC),
    ("criterion", RULES, OF_COMPETENCE),
    ("blocrule", RULES, PUBLISHED),
    ("observationline", RULES, OF_BLOCK),
    ("juryrule", RULES, PUBLISHED),
    ("hearingpart", RULES, PUBLISHED, ("regulation_id", "position")),
    ("adoption", ADOPTED, ALWAYS, ("session_id",)),
    ("mark", DONE, f"{PROCLAIMED} OR ({SUBMITTED})"),
    ("blocksheet", SENT, "{row}.state = 'TRANSMISE'", ("part_id", "block_id")),
    ("operation", GESTURE, ALWAYS, ("undoes_id",)),
    ("masteryattestation", DONE, PROCLAIMED),
    ("masteryattestation_met", DONE, OF_MET),
    ("attestationfile", DONE, OF_ATTESTATION),
    ("carnetreopening", REOPENING, ALWAYS),
    ("observation", DONE, PROCLAIMED),
    ("blocjudgement", DONE, PROCLAIMED),
    ("competencejudgement", DONE, OF_JUDGEMENT),
    ("criterionjudgement", DONE, OF_JUDGEMENT),
    ("keptbloc", DONE, PROCLAIMED),
    ("retakecall", DONE, PROCLAIMED),
    ("jurypoints", DONE, PROCLAIMED),
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("evaluations", "0008_jury_rules_frozen"),
        ("candidates", "0004_never_written_over"),
    ]
    operations: ClassVar = [
        *(refuse_overwrite(f"evaluations_{table}", said, when, *keys) for table, said, when, *keys in FROZEN),
        *(refuse_truncate(f"evaluations_{table}", said) for table, said, *_ in FROZEN),
        refuse("evaluations_mark", ["INSERT"], SENT, UNSIGNED_CORRECTION, name="evaluations_same_mark"),
        refuse("evaluations_mark", ["UPDATE"], SENT, ANOTHER, name="evaluations_same_mark"),
    ]
