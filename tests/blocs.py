"""A candidate in blocs: the carnet signed on both sides, the blocs judged."""

from collections.abc import Collection

from django.utils import timezone

from candidates.models import Enrolment
from evaluations.models import BlocJudgement, Competence, CompetenceJudgement, KeptBloc, MasteryAttestation
from evaluations.states import AttestationState
from tests.cast import Cast

ADVICE = "Reprendre la hiérarchisation des interventions avec le manager."


def competences_of(enrolment: Enrolment) -> list[Competence]:
    """The competences this enrolment has to show: those of the blocs it does not keep."""
    kept = KeptBloc.objects.filter(enrolment=enrolment).values("bloc")
    regulation = enrolment.session.adoption.regulation_id
    rows = Competence.objects.filter(bloc__regulation=regulation).exclude(bloc__in=kept)
    return list(rows.select_related("bloc").order_by("bloc__position", "position"))


def sign_carnet(cast: Cast, enrolment: Enrolment, but: Collection[str] = ()) -> None:
    """The tutor attests every competence and the manager signs, but these codes."""
    now = timezone.now()
    for competence in competences_of(enrolment):
        if competence.code not in but:
            MasteryAttestation.objects.create(
                enrolment=enrolment,
                competence=competence,
                state=AttestationState.SIGNED,
                mastered=True,
                observed_on=timezone.localdate(),
                situation="Visite d’un cabinet",
                attested_at=now,
                attested_by=cast.tutor.user,
                confirmed=True,
                signed_at=now,
                signed_by=cast.manager.user,
            )


def judge_blocs(cast: Cast, enrolment: Enrolment, refused: Collection[str] = ()) -> None:
    """The jury judges every bloc, against these competences."""
    sheets: dict[int, BlocJudgement] = {}
    for competence in competences_of(enrolment):
        against = competence.code in refused
        sheet = sheets.get(competence.bloc_id)
        if sheet is None:
            sheet = sheets[competence.bloc_id] = BlocJudgement.objects.create(
                enrolment=enrolment,
                bloc=competence.bloc,
                outcome="ACQUIS",
                recorded_at=timezone.now(),
                recorded_by=cast.jury_president.user,
            )
        CompetenceJudgement.objects.create(
            judgement=sheet, competence=competence, acquired=not against, argument=ADVICE if against else ""
        )
        if against:
            sheet.outcome, sheet.argument = "NON_ACQUIS", ADVICE
            sheet.save()
