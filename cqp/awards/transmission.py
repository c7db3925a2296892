"""Where the holders of a session stand with the Caisse des dépôts: to send, waiting, accepted, to remove."""

from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    Min,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
)
from django.db.models.functions import Coalesce

from candidates.models import RncpRegistration, Session
from cqp.awards.holders import Holder, holders_of
from cqp.awards.models import Passage, PortalNote
from cqp.awards.states import PassageState
from juries.models import Certificate, CertificateQuerySet, decided_after

MONTHS = 3  # from the decision (code du travail, R6113-17-2)

DECIDED_ON = Coalesce("rectification__held_on", "decision__enrolment__session__sitting__held_on")
"""The day of the decision that delivered a certificate, in a query; `holders.decided_on` out of one."""

_OF_CERTIFICATE = Passage.objects.filter(certificate=OuterRef("pk"))
_NOTES = PortalNote.objects.filter(certificate=OuterRef("pk"))
_TO_SEND = Q(accepted=False, waiting=False, ended=False)
_REJECTED = _TO_SEND & Q(last_state=PassageState.REJECTED)
_WAITING = Q(accepted=False, waiting=True)
_ACCEPTED = Q(accepted=True, ended=False)
_TO_REMOVE = Q(accepted=True, ended=True, removed=False)
_SESSION = "decision__enrolment__session"
_CANDIDATE = "decision__enrolment__candidate"
_CIVIL = f"{_CANDIDATE}__civil_status__isnull"


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts of a session. `to_send` holds those that wait for their identity (`incomplete`)."""

    to_send: int = 0
    incomplete: int = 0
    waiting: int = 0
    accepted: int = 0
    rejected: int = 0
    to_remove: int = 0
    oldest: date | None = None  # the oldest decision among those in force and not accepted yet

    @property
    def due(self) -> date | None:
        """The last day for the oldest of them to be declared: a flux that nobody deposits stops no clock."""
        return deadline(self.oldest) if self.oldest else None


def deadline(decided_on: date) -> date:
    """Three months from the decision, the last day included."""
    return decided_on + relativedelta(months=MONTHS)


@dataclass(frozen=True, slots=True)
class ToSend:
    """Of one session: how many are to send, how many of them wait for their identity, the oldest of each."""

    session: int
    count: int
    incomplete: int
    oldest: date
    oldest_incomplete: date | None


def awaiting(certificates: CertificateQuerySet) -> list[ToSend]:
    """What is to send of these, by session, in one query that leaves those accepted aside at once."""
    is_incomplete = Q(**{_CIVIL: True})
    rows = (
        to_send(certificates)
        .order_by()
        .values(_SESSION)
        .annotate(
            n=Count("pk"),
            n_incomplete=Count("pk", filter=is_incomplete),
            oldest=Min(DECIDED_ON),
            oldest_incomplete=Min(DECIDED_ON, filter=is_incomplete),
        )
        .values_list(_SESSION, "n", "n_incomplete", "oldest", "oldest_incomplete")
    )
    return [ToSend(*row) for row in rows]


def standing(session: Session) -> Standing:
    """Of one session, in one query."""
    rows = with_standing(Certificate.objects.filter(**{_SESSION: session})).order_by()
    counts = rows.aggregate(
        n_to_send=Count("pk", filter=_TO_SEND),
        n_incomplete=Count("pk", filter=_TO_SEND & Q(**{_CIVIL: True})),
        n_waiting=Count("pk", filter=_WAITING),
        n_accepted=Count("pk", filter=_ACCEPTED),
        n_rejected=Count("pk", filter=_REJECTED),
        n_to_remove=Count("pk", filter=_TO_REMOVE),
        oldest=Min(DECIDED_ON, filter=Q(accepted=False, ended=False)),
    )
    return Standing(**{name.removeprefix("n_"): value for name, value in counts.items()})


def with_standing(certificates: CertificateQuerySet) -> CertificateQuerySet:
    """Each with `accepted` (or declared by hand), `waiting` for a report, `last_state` (of its last passage),
    `ended` and `removed`."""
    awaited = Q(state=PassageState.SENT, flux__report_at__isnull=True, flux__given_up_at__isnull=True)
    return certificates.annotate(
        accepted=Q(Exists(_OF_CERTIFICATE.filter(state=PassageState.ACCEPTED)))
        | Q(Exists(_NOTES.filter(kind=PortalNote.Kind.DECLARED))),
        waiting=Exists(_OF_CERTIFICATE.filter(awaited)),
        last_state=Subquery(_OF_CERTIFICATE.order_by("-pk").values("state")[:1]),
        ended=Exists(decided_after()),
        removed=Exists(_NOTES.filter(kind=PortalNote.Kind.REMOVED)),
    )


def with_told(certificates: CertificateQuerySet) -> CertificateQuerySet:
    """With all that `told_of` reads, in three queries."""
    passages = Passage.objects.select_related("flux").defer("flux__content")
    notes = PortalNote.objects.select_related("noted_by")
    rows = certificates.annotate(
        ended=Exists(decided_after()),
        is_known=ExpressionWrapper(Q(**{_CIVIL: False}), output_field=BooleanField()),
    )
    return rows.prefetch_related(Prefetch("passages", passages), Prefetch("portal_notes", notes))


def to_send(certificates: CertificateQuerySet) -> CertificateQuerySet:
    """In force, not accepted, not in a flux that waits for its report: new, or rejected, or left unsaid."""
    return with_standing(certificates).filter(_TO_SEND)


def incomplete(certificates: CertificateQuerySet) -> CertificateQuerySet:
    """Those to send that wait for the sex and the place of birth of their holder."""
    return to_send(certificates).filter(**{_CIVIL: True})


def to_declare_by_hand(certificates: CertificateQuerySet) -> list[Holder]:
    """Those to send whose identity is known and that no flux may carry: the portal takes them one by one.

    Their frozen identities are read one by one, as `make_flux` does.
    """
    rows = to_send(certificates).filter(**{_CIVIL: False})
    return [holder for holder in holders_of(rows) if not holder.is_complete]


def in_state(certificates: CertificateQuerySet, state: str) -> CertificateQuerySet:
    """Those of one state of the lists; an unknown word filters nothing."""
    filters = {
        "a-transmettre": _TO_SEND,
        "a-completer": _TO_SEND & Q(**{_CIVIL: True}),
        "en-attente": _WAITING,
        "accepte": _ACCEPTED,
        "rejete": _REJECTED,
        "a-supprimer": _TO_REMOVE,
    }
    return with_standing(certificates).filter(filters.get(state, Q()))


STATES = (
    ("a-transmettre", "À transmettre"),
    ("a-completer", "À compléter"),
    ("en-attente", "En attente du rapport"),
    ("accepte", "Accepté ou déclaré"),
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
    """How a certificate read by `with_told` stands."""
    passages = sorted(certificate.passages.all(), key=lambda one: one.pk)
    notes = {one.kind for one in certificate.portal_notes.all()}
    last = passages[-1] if passages else None
    ended: bool = certificate.ended  # type: ignore[attr-defined]
    is_accepted = any(one.state == PassageState.ACCEPTED for one in passages)
    if PortalNote.Kind.REMOVED in notes:
        return Told(PortalNote.Kind.REMOVED.label, "calm", "dash-circle")
    if ended and (is_accepted or notes):
        return Told("À faire supprimer", "bad", "exclamation-circle")
    if is_accepted:
        return Told("Accepté", "good", "check-circle")
    if notes:
        return Told(PortalNote.Kind.DECLARED.label, "good", "check-circle")
    if last is not None and last.state == PassageState.SENT and last.flux.is_waiting:
        return Told("En attente du rapport", "wait", "hourglass-split")
    if ended:
        return Told("Sans objet", "calm", "dash-circle")
    if not certificate.is_known:  # type: ignore[attr-defined]
        return Told("À compléter", "wait", "pencil")
    if last is None:
        return Told("À transmettre", "wait", "arrow-right")
    if last.state == PassageState.REJECTED:
        return Told("Rejeté, à renvoyer", "bad", "x-circle", last.reason)
    if last.flux.given_up_at is not None and last.flux.report_at is None:
        return Told("Flux abandonné, à renvoyer", "wait", "arrow-right")
    return Told("Absent du rapport, à renvoyer", "wait", "question-circle")
