"""A candidate in blocs: the carnet signed on both sides, the blocs judged."""

from collections.abc import Collection

from django.utils import timezone

from candidates.models import Enrolment
from cqp.accounts.actor import Actor
from cqp.roles import Role
from evaluations.judging import BlocEntry, CompetenceWord
from evaluations.models import BlocCompetence, BlocJudgement, Competence, KeptBloc
from evaluations.observed import Observed
from evaluations.services.carnet import Signing, attest, countersign
from juries.models import Hearing
from juries.services.blocs import judge_bloc
from tests.cast import Cast

ADVICE = "Reprendre la hiérarchisation des interventions avec le manager."


def competences_to_show(enrolment: Enrolment) -> list[Competence]:
    """The competences this enrolment has to show: those of the blocs it does not keep."""
    kept = KeptBloc.objects.filter(enrolment=enrolment).values("bloc")
    regulation = enrolment.session.adoption.regulation_id
    rows = Competence.objects.filter(bloc__regulation=regulation).exclude(bloc__in=kept)
    return list(rows.select_related("bloc").order_by("bloc__position", "position"))


def sign_carnet(enrolment: Enrolment, but: Collection[str] = ()) -> None:
    """The candidate's own tutor attests every competence and their manager signs, but these codes."""
    now = timezone.now()
    observed = Observed(True, timezone.localdate(), "Visite d’un cabinet")
    tutor = Actor(enrolment.tutor, Role.TUTOR, enrolment.organisme)
    manager = Actor(enrolment.manager, Role.MANAGER, enrolment.organisme)
    rows = [
        attest(enrolment=enrolment, competence=one, version=0, observed=observed, by=tutor, at=now)
        for one in competences_to_show(enrolment)
        if one.code not in but
    ]
    signings = [Signing(row, row.version, confirmed=True) for row in rows]
    answers = countersign(signings=signings, by=manager, at=now)
    assert [answer.refusal for answer in answers if answer.refusal] == []


def blocs_of(enrolment: Enrolment) -> list[BlocCompetence]:
    """The blocs this enrolment has to pass; none in a session in points."""
    return list(dict.fromkeys(one.bloc for one in competences_to_show(enrolment)))


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
