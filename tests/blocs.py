"""A candidate in blocs: the carnet signed on both sides, the blocs judged."""

from collections.abc import Collection

from django.utils import timezone

from candidates.models import Enrolment
from cqp.accounts.actor import Actor
from evaluations.judging import BlocEntry, CompetenceWord
from evaluations.models import BlocCompetence, BlocJudgement, Competence, KeptBloc, MasteryAttestation
from evaluations.states import AttestationState
from juries.models import Hearing
from juries.services.blocs import judge_bloc
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


def blocs_of(enrolment: Enrolment) -> list[BlocCompetence]:
    """The blocs this enrolment has to pass; none in a session in points."""
    return list(dict.fromkeys(one.bloc for one in competences_of(enrolment)))


def judge_blocs(cast: Cast, hearing: Hearing, refused: Collection[str] = (), by: Actor | None = None) -> None:
    """The jury judges every bloc: « acquis » of every competence, but these codes."""
    for bloc in blocs_of(hearing.enrolment):
        judge(cast, hearing, bloc, refused, by)


def judge(
    cast: Cast,
    hearing: Hearing,
    bloc: BlocCompetence,
    refused: Collection[str] = (),
    by: Actor | None = None,
) -> BlocJudgement:
    """The sheet of one bloc, concluded."""
    words = {
        one.pk: CompetenceWord(one.code not in refused, ADVICE if one.code in refused else "")
        for one in bloc.competences.all()
    }
    against = any(word.acquired is False for word in words.values())
    outcome = BlocJudgement.Outcome.NOT_ACQUIRED if against else BlocJudgement.Outcome.ACQUIRED
    return judge_bloc(
        hearing=hearing,
        bloc=bloc,
        entry=BlocEntry(outcome, ADVICE if against else "", words),
        version=0,
        by=by or cast.jury_president,
        at=timezone.now(),
    )
