"""What a person must do in this room, and what they follow."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from candidates.models import ListImport, Session, SessionPart
from candidates.stages import days_left, headcount
from candidates.states import EnrolmentState, ImportState, PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.roles import Act, Role
from cqp.tasks import Followed, Task
from cqp.templatetags.fr import day, thousands

NEAR = timedelta(days=21)
_SITTING = Q(enrolments__state=EnrolmentState.ENROLLED)


def tasks_of(actor: Actor, today: date) -> Iterator[Task]:
    """The acts awaited from this actor."""
    if actor.may(Act.ENROL):
        yield from _lists_to_make(actor, today)
    if actor.may(Act.OPEN_SESSION):
        yield from _session_to_open()
        yield from _national_juries_near(today)


def followed_by(actor: Actor) -> Iterator[Followed]:
    """What this actor follows without an act being awaited."""
    if actor.role == Role.CRFP:
        yield from _lists_going_in(actor)
        yield from _own_parts(actor)
    elif actor.may(Act.OPEN_SESSION):
        yield from _open_sessions()


def _lists_to_make(actor: Actor, today: date) -> Iterator[Task]:
    """Sessions whose enrolments are open and to which the CRFP has brought nobody yet."""
    parts = SessionPart.objects.visible_to(actor).select_related("session__certification", "crfp")
    open_parts = parts.filter(
        state=PartState.OPEN, session__state=SessionState.OPEN, session__enrolment_deadline__gte=today
    )
    for part in open_parts.exclude(enrolments__state=EnrolmentState.ENROLLED):
        yield Task(
            title="Inscrire les candidats",
            detail=part.session.name,
            url=_part_url(part),
            button="Inscrire",
            due=part.session.enrolment_deadline,
        )


def _session_to_open() -> Iterator[Task]:
    if not Session.objects.filter(state=SessionState.OPEN).exists():
        yield Task(
            title="Ouvrir une session",
            detail="Aucune session n’est ouverte aux inscriptions ni aux évaluations.",
            url=reverse("evaluations:session_open"),
            button="Ouvrir",
        )


def _national_juries_near(today: date) -> Iterator[Task]:
    """Sessions whose national jury must sit soon (R36) and that have candidates."""
    for session, candidates in _running():
        if candidates and today >= session.national_jury_deadline - NEAR:
            yield Task(
                title="Veiller à la tenue du jury national",
                detail=f"{session.name} : échéance {days_left(session.national_jury_deadline, today)}",
                url=reverse("candidates:session_detail", args=[session.code]),
                button="Voir la session",
                due=session.national_jury_deadline,
            )


def _running() -> list[tuple[Session, int]]:
    """Sessions not proclaimed yet with their candidates, the nearest exams first."""
    sessions = Session.objects.exclude(state=SessionState.PROCLAIMED).select_related("certification")
    counted = sessions.annotate(candidates=Count("enrolments", filter=_SITTING))
    return [(session, session.candidates) for session in counted.order_by("exam_last_day", "code")]


def _own_parts(actor: Actor) -> Iterator[Followed]:
    today = timezone.localdate()
    parts = SessionPart.objects.visible_to(actor).exclude(session__state=SessionState.PROCLAIMED)
    counted = parts.select_related("session__certification", "crfp").annotate(
        candidates=Count("enrolments", filter=_SITTING)
    )
    for part in counted.filter(candidates__gt=0).order_by("session__exam_last_day"):
        yield Followed(
            part.session.name, f"{headcount(part.candidates)}, {_standing(part, today)}", _part_url(part)
        )


def _lists_going_in(actor: Actor) -> Iterator[Followed]:
    """Long lists a worker is enrolling: leaving the page stopped nothing, this is the way back."""
    files = ListImport.objects.visible_to(actor).filter(state=ImportState.RUNNING)
    for file in files.select_related("part__session__certification", "part__crfp"):
        where = [file.part.session.code, file.part.crfp.code, file.pk]
        done = f"{file.file_name} : {thousands(file.done)} lignes sur {thousands(file.total)}"
        yield Followed("Import en cours", done, reverse("candidates:import_detail", args=where))


def _standing(part: SessionPart, today: date) -> str:
    if part.session.state == SessionState.DELIBERATION:
        return "le jury national délibère"
    if part.state == PartState.TRANSMITTED:
        return "dossiers transmis au jury national"
    if today <= part.session.enrolment_deadline:
        return f"inscriptions ouvertes jusqu’au {day(part.session.enrolment_deadline)}"
    return f"saisie des notes jusqu’au {day(part.session.entry_deadline)}"


def _open_sessions() -> Iterator[Followed]:
    """Those that are before the national jury are followed from its own room."""
    for session, candidates in _running():
        if session.state == SessionState.OPEN:
            jury = f"jury national au plus tard le {day(session.national_jury_deadline)}"
            url = reverse("candidates:session_detail", args=[session.code])
            yield Followed(session.name, f"{headcount(candidates)}, {jury}", url)


def _part_url(part: SessionPart) -> str:
    return reverse("candidates:part_detail", args=[part.session.code, part.crfp.code])
