"""Nobody signs their own carnet; what a proclaimed session read never changes; an acquired bloc stays."""

from typing import ClassVar

from django.db import migrations

from cqp.triggers import refuse, refuse_truncate

PUBLISHED = (
    "EXISTS (SELECT 1 FROM evaluations_regulation r WHERE r.id = {row}.regulation_id AND r.state = 'PUBLIE')"
)
OF_BLOCK = (
    "EXISTS (SELECT 1 FROM evaluations_block b JOIN evaluations_regulation r ON r.id = b.regulation_id"
    " WHERE b.id = {row}.block_id AND r.state = 'PUBLIE')"
)
PROCLAIMED = (
    "EXISTS (SELECT 1 FROM candidates_enrolment e JOIN candidates_session s ON s.id = e.session_id"
    " WHERE e.id = {row}.enrolment_id AND s.state = 'PROCLAMEE')"
)
OF_JUDGEMENT = (
    "EXISTS (SELECT 1 FROM evaluations_blocjudgement j JOIN candidates_enrolment e ON e.id = j.enrolment_id"
    " JOIN candidates_session s ON s.id = e.session_id"
    " WHERE j.id = {row}.judgement_id AND s.state = 'PROCLAMEE')"
)
OF_ATTESTATION = (
    "EXISTS (SELECT 1 FROM evaluations_masteryattestation a"
    " JOIN candidates_enrolment e ON e.id = a.enrolment_id"
    " JOIN candidates_session s ON s.id = e.session_id"
    " WHERE a.id = {row}.{key} AND s.state = 'PROCLAMEE')"
)
OWN_CARNET = (
    "EXISTS (SELECT 1 FROM candidates_enrolment e JOIN candidates_candidate c ON c.id = e.candidate_id"
    " WHERE e.id = NEW.enrolment_id"
    " AND c.user_id IN (NEW.attested_by_id, NEW.signed_by_id, NEW.returned_by_id))"
)
ANY = ["INSERT", "UPDATE", "DELETE"]
RULES, DONE = "Un règlement publié ne se modifie pas.", "La session est proclamée."


class Migration(migrations.Migration):
    dependencies: ClassVar = [("evaluations", "0005_carnet_blocs_kept")]
    operations: ClassVar = [
        refuse("evaluations_blocrule", ANY, RULES, PUBLISHED),
        refuse("evaluations_observationline", ANY, RULES, OF_BLOCK),
        refuse(
            "evaluations_masteryattestation",
            ["INSERT", "UPDATE"],
            "Nul ne signe son propre carnet.",
            OWN_CARNET,
            name="evaluations_own_carnet",
        ),
        *(
            refuse(f"evaluations_{table}", ANY, DONE, PROCLAIMED)
            for table in ("masteryattestation", "observation", "blocjudgement", "keptbloc", "retakecall")
        ),
        refuse("evaluations_competencejudgement", ANY, DONE, OF_JUDGEMENT),
        refuse("evaluations_criterionjudgement", ANY, DONE, OF_JUDGEMENT),
        refuse(
            "evaluations_masteryattestation_met",
            ANY,
            DONE,
            OF_ATTESTATION.replace("{key}", "masteryattestation_id"),
        ),
        refuse("evaluations_attestationfile", ANY, DONE, OF_ATTESTATION.replace("{key}", "attestation_id")),
        refuse("evaluations_carnetreopening", ["UPDATE", "DELETE"], "Une réouverture ne se modifie pas."),
        refuse(
            "evaluations_acquiredbloc",
            ["INSERT"],
            "Un bloc acquis le reste.",
            "EXISTS (SELECT 1 FROM evaluations_acquiredbloc t WHERE t.id = {row}.id"
            " OR (t.enrolment_id = {row}.enrolment_id AND t.bloc_id = {row}.bloc_id))",
        ),
        refuse("evaluations_acquiredbloc", ["UPDATE", "DELETE"], "Un bloc acquis le reste."),
        refuse_truncate("evaluations_acquiredbloc", "Un bloc acquis le reste."),
        # A bloc is acquired while its session is being proclaimed, never after.
        refuse("evaluations_acquiredbloc", ["INSERT"], DONE, PROCLAIMED, name="evaluations_late_bloc"),
        # SQLite's REPLACE deletes the row of the same id without firing any trigger of deletion.
        *(
            refuse(
                f"evaluations_{table}",
                ["INSERT"],
                "Cette ligne existe déjà.",
                f"EXISTS (SELECT 1 FROM evaluations_{table} t WHERE t.id = {{row}}.id)",  # noqa: S608
                name=f"evaluations_{table}_once",
            )
            for table in (
                "masteryattestation",
                "observation",
                "blocjudgement",
                "competencejudgement",
                "criterionjudgement",
                "keptbloc",
                "retakecall",
                "attestationfile",
                "blocrule",
                "observationline",
            )
        ),
    ]
