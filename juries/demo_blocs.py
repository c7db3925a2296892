"""The demonstration's session in blocs: carnets being signed, blocs being judged, one bloc kept."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from candidates.models import Enrolment
from cqp.accounts.actor import Actor
from cqp.roles import Role
from evaluations.judging import BlocEntry, CompetenceWord
from evaluations.models import BlocJudgement, Competence, KeptBloc, MasteryAttestation
from evaluations.observed import Observed
from evaluations.services.carnet import Signing, attest, countersign, return_attestation
from evaluations.services.kept import recognise_bloc
from juries.demo import Demo, enrol_in, jury_for, open_demo, parts_of
from juries.demo_planning import plan_hearings
from juries.models import Hearing
from juries.services.blocs import judge_bloc

_SITUATIONS = (
    "Visite d’un cabinet de médecine générale",
    "Échange avec une pharmacie du portefeuille",
    "Réunion d’équipe, retour sur la tournée",
    "Visite d’une maison de santé pluriprofessionnelle",
)
_ADVICE = "La hiérarchisation des interventions reste à travailler avec le manager, profils à l’appui."


def add_session_in_blocs(demo: Demo) -> None:
    """Six délégués: a whole carnet, others under way, one sent back, one bloc recognised after a VAE."""
    session = open_demo(demo, "DAM_BLOCS", last_day=20, opened=-100)
    (part,) = parts_of(session, ["CRFP-LYO"])
    enrolled = enrol_in(demo, part, 6, days_ago=60)
    whole, waiting, sent_back, begun, _blank, kept = enrolled
    bloc = session.adoption.regulation.blocs.get(code="B1")
    recognise_bloc(
        enrolment=kept,
        bloc=bloc,
        acquired_on=timezone.localdate(demo.now) - timedelta(days=400),
        motive="VAE : décision du jury de VAE, procès-verbal joint au dossier.",
        by=demo.actor("ucanss"),
        at=demo.now,
    )
    stages = ((whole, 15, 15), (waiting, 4, 9), (sent_back, 2, 4), (begun, 0, 2), (kept, 5, 7))
    for enrolment, signed, attested in stages:
        _fill(demo, enrolment, signed=signed, attested=attested)
    _send_one_back(demo, sent_back)
    jury = jury_for(demo, part, enrolled)
    plan_hearings(demo, jury)
    _judge(demo, jury.hearings.get(enrolment=whole), refused=())
    _judge(demo, jury.hearings.get(enrolment=kept), refused=("B2C2",))


def _competences(enrolment: Enrolment) -> list[Competence]:
    """What this candidate has to show, bloc after bloc."""
    kept = KeptBloc.objects.filter(enrolment=enrolment).values("bloc")
    regulation = enrolment.session.adoption.regulation_id
    rows = Competence.objects.filter(bloc__regulation=regulation).exclude(bloc__in=kept)
    return list(rows.select_related("bloc").order_by("bloc__position", "position"))


def _fill(demo: Demo, enrolment: Enrolment, *, signed: int, attested: int) -> None:
    """The tutor attests the first competences, the manager signs the first of these."""
    tutor, manager = _guides(enrolment)
    rows = []
    for rank, competence in enumerate(_competences(enrolment)[:attested]):
        at = demo.now - timedelta(days=40 - 2 * rank)
        rows.append(_attest(enrolment, competence, rank, tutor, at))
    signings = [Signing(row, row.version, confirmed=True) for row in rows[:signed]]
    countersign(signings=signings, by=manager, at=demo.now - timedelta(days=1))


def _attest(
    enrolment: Enrolment, competence: Competence, rank: int, tutor: Actor, at: datetime
) -> MasteryAttestation:
    observed = Observed(
        mastered=True,
        observed_on=_a_day_before(at),
        situation=_SITUATIONS[rank % len(_SITUATIONS)],
        met=frozenset(competence.criteria.values_list("pk", flat=True)),
    )
    return attest(enrolment=enrolment, competence=competence, version=0, observed=observed, by=tutor, at=at)


def _a_day_before(at: datetime) -> date:
    return timezone.localdate(at) - timedelta(days=1)


def _send_one_back(demo: Demo, enrolment: Enrolment) -> None:
    _, manager = _guides(enrolment)
    attestation = MasteryAttestation.objects.filter(enrolment=enrolment, state="ATTESTEE").latest("pk")
    return_attestation(
        attestation=attestation,
        version=attestation.version,
        reason="La situation ne montre pas encore le compte rendu : à observer de nouveau.",
        review_on=timezone.localdate(demo.now) + timedelta(days=7),
        by=manager,
        at=demo.now,
    )


def _guides(enrolment: Enrolment) -> tuple[Actor, Actor]:
    tutor = Actor(enrolment.tutor, Role.TUTOR, enrolment.organisme)
    return tutor, Actor(enrolment.manager, Role.MANAGER, enrolment.organisme)


def _judge(demo: Demo, hearing: Hearing, refused: Sequence[str]) -> None:
    """The first bloc the candidate has to pass, judged."""
    bloc = _competences(hearing.enrolment)[0].bloc
    words = {
        one.pk: CompetenceWord(one.code not in refused, _ADVICE if one.code in refused else "")
        for one in bloc.competences.all()
    }
    against = any(code.startswith(bloc.code) for code in refused)
    outcome = BlocJudgement.Outcome.NOT_ACQUIRED if against else BlocJudgement.Outcome.ACQUIRED
    entry = BlocEntry(outcome, _ADVICE if against else "", words)
    by = demo.actor("jury.presidente")
    judge_bloc(hearing=hearing, bloc=bloc, entry=entry, version=0, by=by, at=demo.now)
