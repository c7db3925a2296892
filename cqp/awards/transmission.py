"""Where the holders of a session stand with the Caisse des dépôts: to send, waiting, accepted, to remove."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.db.models.functions import Coalesce

from candidates.models import RncpRegistration, Session
from cqp.awards.models import Passage
from cqp.awards.states import PassageState
from juries.models import Certificate, CertificateQuerySet, Rectification

MONTHS = 3  # from the decision (code du travail, R6113-17-2)

_OF_CERTIFICATE = Passage.objects.filter(certificate=OuterRef("pk"))
_LATER = Rectification.objects.decided().filter(
    decision=OuterRef("decision"), rank__gt=Coalesce(OuterRef("rectification__rank"), 0)
)
_TO_SEND = Q(accepted=False, waiting=False, ended=False)
_COUNTS = ("n_to_send", "n_incomplete", "n_waiting", "n_accepted", "n_rejected", "n_to_remove")
_CIVIL = "decision__enrolment__candidate__civil_status__isnull"


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts of a session. `to_send` holds those that wait for their identity (`incomplete`)."""

    to_send: int = 0
    incomplete: int = 0
    waiting: int = 0
    accepted: int = 0
    rejected: int = 0
    to_remove: int = 0
    oldest: date | None = None  # the oldest decision among those to send

    @property
    def due(self) -> date | None:
        """The last day to send the oldest of them."""
        return deadline(self.oldest) if self.oldest else None


def deadline(decided_on: date) -> date:
    """Three months from the decision, the last day included."""
    return decided_on + relativedelta(months=MONTHS)


def standings(sessions: Iterable[int]) -> dict[int, Standing]:
    """By session, in one query."""
    rows = (
        with_passages(Certificate.objects.filter(decision__enrolment__session__in=sessions))
        .order_by()
        .values("decision__enrolment__session")
        .annotate(
            n_to_send=Count("pk", filter=_TO_SEND),
            n_incomplete=Count("pk", filter=_TO_SEND & Q(**{_CIVIL: True})),
            n_waiting=Count("pk", filter=Q(waiting=True)),
            n_accepted=Count("pk", filter=Q(accepted=True)),
            n_rejected=Count("pk", filter=_TO_SEND & Q(rejected=True)),
            n_to_remove=Count("pk", filter=Q(accepted=True, ended=True)),
            oldest=Min(
                Coalesce("rectification__held_on", "decision__enrolment__session__sitting__held_on"),
                filter=_TO_SEND,
            ),
        )
        .values_list("decision__enrolment__session", *_COUNTS, "oldest")
    )
    return {row[0]: Standing(*row[1:]) for row in rows}


def standing(session: Session) -> Standing:
    """Of one session."""
    return standings([session.pk]).get(session.pk, Standing())


def with_passages(certificates: CertificateQuerySet) -> CertificateQuerySet:
    """Each with `accepted`, `waiting` (in a flux without its report), `rejected` and `ended`."""
    return certificates.annotate(
        accepted=Exists(_OF_CERTIFICATE.filter(state=PassageState.ACCEPTED)),
        waiting=Exists(_OF_CERTIFICATE.filter(state=PassageState.SENT, flux__report_at__isnull=True)),
        rejected=Exists(_OF_CERTIFICATE.filter(state=PassageState.REJECTED)),
        ended=Exists(_LATER),
    )


def to_send(certificates: CertificateQuerySet) -> CertificateQuerySet:
    """In force, not accepted, not in a flux that waits for its report: new, or rejected, or left unsaid."""
    return with_passages(certificates).filter(_TO_SEND)


def in_state(certificates: CertificateQuerySet, state: str) -> CertificateQuerySet:
    """Those of one state of the lists; an unknown word filters nothing."""
    filters = {
        "a-transmettre": _TO_SEND,
        "a-completer": _TO_SEND & Q(**{_CIVIL: True}),
        "en-attente": Q(waiting=True),
        "accepte": Q(accepted=True, ended=False),
        "rejete": _TO_SEND & Q(rejected=True),
        "a-supprimer": Q(accepted=True, ended=True),
    }
    return with_passages(certificates).filter(filters.get(state, Q()))


STATES = (
    ("a-transmettre", "À transmettre"),
    ("a-completer", "À compléter"),
    ("en-attente", "En attente du rapport"),
    ("accepte", "Accepté"),
    ("rejete", "Rejeté"),
    ("a-supprimer", "À faire supprimer"),
)


def registration_on(session: Session) -> RncpRegistration | None:
    """The registration in force the day the national jury decided."""
    held_on = session.sitting.held_on
    rows = session.certification.registrations.all()
    return next((one for one in rows if one.covers(held_on)), None)


@dataclass(frozen=True, slots=True)
class Told:
    """How a certificate stands, in words, with why it was rejected."""

    words: str
    tone: str
    icon: str
    reason: str = ""


def told_of(certificate: Certificate) -> Told:
    """From its prefetched `passages` (each with its flux) and, by `with_passages`, whether it is in force."""
    passages = sorted(certificate.passages.all(), key=lambda one: one.pk)
    last = passages[-1] if passages else None
    ended = getattr(certificate, "ended", False)
    if any(one.state == PassageState.ACCEPTED for one in passages):
        if ended:
            return Told("À faire supprimer", "bad", "exclamation-circle")
        return Told("Accepté", "good", "check-circle")
    if last is not None and last.state == PassageState.SENT and last.flux.report_at is None:
        return Told("En attente du rapport", "wait", "hourglass-split")
    if ended:
        return Told("Sans objet", "calm", "dash-circle")
    if last is None:
        return Told("À transmettre", "wait", "arrow-right")
    if last.state == PassageState.REJECTED:
        return Told("Rejeté, à renvoyer", "bad", "x-circle", last.reason)
    return Told("Absent du rapport, à renvoyer", "wait", "question-circle")
