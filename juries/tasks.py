"""What a person must do in this room, and what they follow."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from candidates.models.enrolments import published
from candidates.states import EnrolmentState, PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.roles import Act, Role
from cqp.tasks import Followed, Task
from cqp.templatetags.fr import day, plural
from evaluations.models import SeatRule
from juries import forecast_tasks, planning_tasks
from juries.composition_rules import composition_gaps
from juries.dockets import Docket, sessions_before
from juries.models import Hearing, JurySeat, LocalJury, stale_opinion
from juries.reading import HearingLine, lines_of
from juries.rectification_tasks import rectifications_awaiting
from juries.retakes import sitting_again
from juries.services.transmission import outlook_of
from juries.states import JuryState

_SITTING = Q(enrolments__state=EnrolmentState.ENROLLED)
_HEARD = Q(hearings__enrolment__state=EnrolmentState.ENROLLED)


def tasks_of(actor: Actor, today: date) -> Iterator[Task]:
    """The acts awaited from this actor."""
    yield from planning_tasks.tasks_of(actor, today)
    if actor.may(Act.SIT_IN_JURY):
        yield from _hearings(actor)
        yield from _stale_opinions(actor)
    if actor.may(Act.COMPOSE_JURY):
        yield from _candidates_without_jury(actor)
        yield from _juries_to_compose(actor)
    if actor.may(Act.TRANSMIT):
        yield from _parts_to_transmit(actor, today)
    if actor.may(Act.SIT_IN_CPNEFP):
        yield from _national_jury(actor)
    if actor.may(Act.READ_RECTIFICATIONS):
        yield from rectifications_awaiting(actor)
    if actor.may(Act.READ_OWN_RESULT):
        yield from _own_results(actor)


def followed_by(actor: Actor) -> Iterator[Followed]:
    """What this actor follows without an act being awaited."""
    if actor.role == Role.JUROR:
        yield from _closed_juries(actor)
    if actor.may(Act.READ_DELIBERATION):
        yield from _sessions_before_the_jury(actor)
    if actor.may(Act.READ_PROCLAMATION):
        yield from forecast_tasks.followed_by(actor)
        yield from _sitting_again(actor)
    if actor.may(Act.READ_RESULTS):
        yield from _employees(actor)
    if actor.may(Act.READ_OWN_RESULT):
        yield from _awaited_results(actor)


# --- Jurors ---


def _hearings(actor: Actor) -> Iterator[Task]:
    """Candidates to hear, jury by jury; the president closes the jury when none is left."""
    juries = list(_open_juries(actor))
    lines: dict[int, list[HearingLine]] = defaultdict(list)
    for line in lines_of(Hearing.objects.filter(jury__in=juries)):
        lines[line.hearing.jury_id].append(line)
    mine = set(Hearing.objects.visible_to(actor).values_list("pk", flat=True))
    for jury in juries:
        left = sum(not line.settled for line in lines[jury.pk] if line.hearing.pk in mine)
        if left:
            yield _to_hear(jury, left)
        elif lines[jury.pk] and all(line.settled for line in lines[jury.pk]) and _presides(actor, jury):
            yield _to_close(jury)


def _stale_opinions(actor: Actor) -> Iterator[Task]:
    """Opinions of an open jury that a corrected mark has overtaken: said to whoever gave them."""
    mine = Hearing.objects.visible_to(actor).sitting().filter(opinion__given_by=actor.user)
    stale = mine.annotate(stale=stale_opinion("enrolment_id")).filter(stale=True)
    open_ones = stale.filter(jury__state=JuryState.OPEN, jury__part__state=PartState.OPEN)
    for hearing in open_ones.select_related("enrolment__candidate", "jury__part__session__certification"):
        yield Task(
            title=f"Confirmer ou revoir votre avis : {hearing.enrolment.candidate.full_name}",
            detail=f"Une note a été corrigée depuis · {hearing.jury.name}, {hearing.jury.part.session.name}",
            url=reverse("juries:hearing", args=[hearing.pk]),
            button="Relire",
            due=hearing.jury.part.session.entry_deadline,
        )


def _open_juries(actor: Actor) -> Iterator[LocalJury]:
    juries = LocalJury.objects.visible_to(actor).filter(state=JuryState.OPEN, part__state=PartState.OPEN)
    juries = juries.select_related("part__session__certification").prefetch_related("seats")
    yield from juries.order_by("meets_on", "pk")


def _presides(actor: Actor, jury: LocalJury) -> bool:
    return any(seat.is_president and seat.user_id == actor.user.pk for seat in jury.seats.all())


def _to_hear(jury: LocalJury, left: int) -> Task:
    return Task(
        title=f"Entendre {left} candidat{plural(left)}",
        detail=f"{jury.name}, le {day(jury.meets_on)} à {jury.place} · {jury.part.session.name}",
        url=reverse("juries:jury_detail", args=[jury.pk]),
        button="Ouvrir",
        due=jury.part.session.entry_deadline,
        count=left,
    )


def _to_close(jury: LocalJury) -> Task:
    return Task(
        title=f"Clore {jury.name}",
        detail=f"Tous les candidats sont entendus · {jury.part.session.name}",
        url=reverse("juries:jury_close", args=[jury.pk]),
        button="Clore",
        due=jury.part.session.entry_deadline,
    )


def _closed_juries(actor: Actor) -> Iterator[Followed]:
    """Juries this person closed or sat in, until the session is proclaimed."""
    juries = LocalJury.objects.visible_to(actor).filter(state=JuryState.CLOSED)
    running = juries.exclude(part__session__state=SessionState.PROCLAIMED)
    hearings = (
        Hearing.objects.sitting().filter(jury__in=running).annotate(stale=stale_opinion("enrolment_id"))
    )
    counts = Counter(hearings.filter(stale=True).values_list("jury", flat=True))
    for jury in running.select_related("part__session__certification"):
        stale = counts[jury.pk]
        overtaken = f", {stale} avis donné{plural(stale)} avant une correction de note"
        yield Followed(
            title=f"{jury.name}, {jury.part.session.name}",
            detail=f"Clos le {day(jury.closed_at)}{overtaken if stale else ''}",
            url=reverse("juries:jury_detail", args=[jury.pk]),
        )


# --- CRFP ---


def _open_parts(actor: Actor) -> Iterator[SessionPart]:
    """Its parts of running sessions, those with candidates; one given back by Ucanss is open again."""
    running = SessionPart.objects.visible_to(actor).exclude(session__state=SessionState.PROCLAIMED)
    parts = running.filter(state=PartState.OPEN)
    parts = parts.select_related("session__certification", "crfp").annotate(
        sitting=Count("enrolments", filter=_SITTING),
        orphans=Count("enrolments", filter=_SITTING & Q(enrolments__hearing=None)),
    )
    yield from parts.filter(sitting__gt=0)


def _candidates_without_jury(actor: Actor) -> Iterator[Task]:
    for part in _open_parts(actor):
        orphans: int = part.orphans  # type: ignore[attr-defined]
        if orphans:
            yield Task(
                title=f"Affecter {orphans} candidat{plural(orphans)} à un jury local",
                detail=part.session.name,
                url=reverse("juries:jury_compose", args=[part.session.code, part.crfp.code]),
                button="Composer",
                due=part.session.exam_first_day,
                count=orphans,
            )


def _juries_to_compose(actor: Actor) -> Iterator[Task]:
    """Juries with candidates and an empty seat (R12)."""
    seats = JurySeat.objects.select_related("rule")
    seat_rules = SeatRule.objects.order_by("position")
    juries = (
        LocalJury.objects.visible_to(actor)
        .filter(state=JuryState.OPEN, part__state=PartState.OPEN)
        .annotate(heard=Count("hearings", filter=_HEARD))
        .filter(heard__gt=0)
        .select_related("part__session__certification", "part__session__adoption__regulation")
        .prefetch_related(
            Prefetch("seats", seats), Prefetch("part__session__adoption__regulation__seats", seat_rules)
        )
    )
    for jury in juries:
        gaps = composition_gaps(jury.part.session.adoption.regulation.seats.all(), jury.seats.all())
        if gaps:
            yield Task(
                title=f"Compléter {jury.name}",
                detail=f"Il manque : {', '.join(gaps)} · {jury.part.session.name}",
                url=reverse("juries:jury_edit", args=[jury.pk]),
                button="Composer",
                due=jury.meets_on,
            )


def _parts_to_transmit(actor: Actor, today: date) -> Iterator[Task]:
    """From the first day of the exams: ready to go, or how many points are left."""
    for part in _open_parts(actor):
        if today < part.session.exam_first_day:
            continue
        left = len(outlook_of(part).blockers)
        yield Task(
            title="Transmettre au jury national" if not left else "Préparer la transmission",
            detail=f"{part.session.name} · "
            + (f"{left} point{plural(left)} à régler" if left else "tout est prêt"),
            url=reverse("juries:part_transmit", args=[part.session.code, part.crfp.code]),
            button="Voir ce qui manque" if left else "Transmettre",
            due=part.session.entry_deadline,
            count=left or None,
        )


def _sitting_again(actor: Actor) -> Iterator[Followed]:
    """Candidates not certified, or deferred, whom no CRFP has enrolled again."""
    count = sitting_again(Enrolment.objects.visible_to(actor), actor).count()
    if count:
        yield Followed(
            title=f"{count} candidat{plural(count)} peu{plural(count, 't,vent')} se représenter",
            detail="Ce qu’ils conservent, jusqu’à quand, et les sessions ouvertes",
            url=reverse("juries:retake_plans"),
        )


# --- The national jury, and who follows it ---

_LATEST = 3


def _national_jury(actor: Actor) -> Iterator[Task]:
    """Open the sitting when everything has arrived, decide, proclaim when everything is decided."""
    running = Session.objects.visible_to(actor).exclude(state=SessionState.PROCLAIMED)
    for docket in sessions_before(running):
        if docket.session.state == SessionState.DELIBERATION:
            yield from _to_decide_or_proclaim(actor, docket)
        elif actor.may(Act.OPEN_SITTING) and docket.parts and not docket.awaited:
            yield Task(
                title="Ouvrir la séance du jury national",
                detail=f"{docket.session.name} · {docket.candidates} candidat{plural(docket.candidates)}",
                url=reverse("juries:sitting_open", args=[docket.session.code]),
                button="Ouvrir la séance",
                due=docket.session.national_jury_deadline,
                count=docket.candidates,
            )


def _to_decide_or_proclaim(actor: Actor, docket: Docket) -> Iterator[Task]:
    session, left = docket.session, docket.undecided
    if left:
        yield Task(
            title=f"Décider de {left} dossier{plural(left)}",
            detail=session.name,
            url=reverse("juries:national_table", args=[session.code]),
            button="Délibérer",
            due=session.national_jury_deadline,
            count=left,
        )
    elif actor.may(Act.PROCLAIM):
        yield Task(
            title="Proclamer la session",
            detail=f"{session.name} · tous les dossiers sont décidés",
            url=reverse("juries:proclaim", args=[session.code]),
            button="Proclamer",
            due=session.national_jury_deadline,
        )


def _sessions_before_the_jury(actor: Actor) -> Iterator[Followed]:
    """Where each session stands with the national jury; of the proclaimed ones, the latest."""
    dockets = sessions_before(Session.objects.visible_to(actor))
    proclaimed = [docket for docket in dockets if docket.session.state == SessionState.PROCLAIMED]
    for docket in [one for one in dockets if one not in proclaimed] + proclaimed[-_LATEST:]:
        session = docket.session
        if session.state == SessionState.OPEN and docket.received:
            waited = ", ".join(docket.awaited)
            detail = f"dossiers attendus : {waited}" if waited else "tous les dossiers sont arrivés"
            yield Followed(session.name, f"Jury national, {detail}", reverse("juries:sitting_list"))
        elif session.state == SessionState.DELIBERATION:
            url = reverse("juries:national_table", args=[session.code])
            yield Followed(session.name, "Le jury national délibère", url)
        elif session.state == SessionState.PROCLAIMED:
            url = reverse("juries:proclamation_detail", args=[session.code])
            certified = f"{docket.certified} certifié{plural(docket.certified)}"
            yield Followed(session.name, f"Proclamée, {certified} sur {docket.candidates}", url)


# --- Organismes and candidates ---


def _employees(actor: Actor) -> Iterator[Followed]:
    """The organisme's candidates, and how many have a result."""
    enrolments = Enrolment.objects.visible_to(actor).sitting()
    counts = enrolments.aggregate(
        total=Count("pk"), open=Count("pk", filter=published("session", timezone.now()))
    )
    if counts["total"]:
        total, opened = counts["total"], counts["open"]
        yield Followed(
            title=f"{total} candidat{plural(total)} de votre organisme",
            detail=f"{opened} résultat{plural(opened)} ouvert{plural(opened)}",
            url=reverse("juries:organisme_results"),
        )


def _own_results(actor: Actor) -> Iterator[Task]:
    """Results a candidate may read."""
    for enrolment in _own_enrolments(actor).filter(published("session", timezone.now())):
        yield Task(
            title="Consulter mes résultats",
            detail=f"{enrolment.session.name} · munissez-vous de votre numéro d’identification",
            url=reverse("juries:own_results"),
            button="Consulter",
        )


def _awaited_results(actor: Actor) -> Iterator[Followed]:
    for enrolment in _own_enrolments(actor).exclude(published("session", timezone.now())):
        latest = day(enrolment.session.national_jury_deadline)
        yield Followed(
            title=enrolment.session.name,
            detail=f"Résultats consultables après la proclamation, au plus tard le {latest}",
            url=reverse("juries:own_results"),
        )


def _own_enrolments(actor: Actor) -> QuerySet[Enrolment]:
    rows = Enrolment.objects.visible_to(actor).sitting()
    return rows.select_related("session__certification").order_by("-session__exam_last_day")
