"""What a person must do in this room: marks to enter, trainees to mark, drafts to publish."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse

from candidates.models import Enrolment, SessionPart
from candidates.states import EnrolmentState, PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.roles import Act, Role
from cqp.tasks import Followed, Task
from cqp.templatetags.fr import plural
from evaluations.models import Block, Mark, Regulation
from evaluations.rules import RECORDS
from evaluations.states import RegulationState

_GIVEN = Q(attempt=Mark.Attempt.FIRST) & ~Q(outcome=Mark.Outcome.NONE)
_SITTING = Q(state=EnrolmentState.ENROLLED)
_OPEN = Q(session__state=SessionState.OPEN)


def tasks_of(actor: Actor, today: date) -> Iterator[Task]:
    """The acts awaited from this actor."""
    if actor.role == Role.CRFP:
        yield from _marks_to_enter(actor)
    if actor.may(Act.FOLLOW_TRAINEES):
        yield from _trainees_to_mark(actor)
    if actor.may(Act.PUBLISH_REGULATION):
        yield from _drafts_to_publish()


def followed_by(actor: Actor) -> Iterator[Followed]:
    """What this actor follows without an act being awaited: the sessions, which their own room shows."""
    yield from ()


def _marks_to_enter(actor: Actor) -> Iterator[Task]:
    """One line a session: how many marks the CRFP still has to see entered, those of the juries apart."""
    parts = SessionPart.objects.visible_to(actor).filter(_OPEN, state=PartState.OPEN)
    sitting = Count("enrolments", filter=Q(enrolments__state=EnrolmentState.ENROLLED))
    rows = parts.select_related("session__certification", "session__adoption", "crfp")
    rows = rows.annotate(sitting=sitting).filter(sitting__gt=0)
    blocks = _counts(Block.objects.filter(recorder__in=RECORDS[Role.CRFP]), "regulation")
    recorded = Mark.objects.filter(_GIVEN, block__recorder__in=RECORDS[Role.CRFP])
    recorded = recorded.filter(enrolment__state=EnrolmentState.ENROLLED, enrolment__part__in=parts)
    done = _counts(recorded, "enrolment__part")
    for part in rows:
        session = part.session
        left = part.sitting * blocks.get(session.adoption.regulation_id, 0) - done.get(part.pk, 0)
        if left > 0:
            yield Task(
                title=f"{left} note{plural(left)} à saisir",
                detail=session.name,
                url=reverse("evaluations:mark_sheet", args=[session.code, part.crfp.code]),
                button="Saisir",
                due=session.entry_deadline,
                count=left,
            )


def _counts(rows: QuerySet[Any], key: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(key).annotate(Count("pk")))


def _trainees_to_mark(actor: Actor) -> Iterator[Task]:
    """One line a session: the trainees without the mark this person gives."""
    recorders = RECORDS[actor.role]
    given = Q(marks__block__recorder__in=recorders, marks__attempt=Mark.Attempt.FIRST)
    given &= ~Q(marks__outcome=Mark.Outcome.NONE)
    awaited = Count(
        "session__adoption__regulation__blocks",
        filter=Q(session__adoption__regulation__blocks__recorder__in=recorders),
        distinct=True,
    )
    mine = Enrolment.objects.visible_to(actor).filter(_SITTING, _OPEN, part__state=PartState.OPEN)
    waiting = mine.annotate(awaited=awaited, given=Count("marks", filter=given, distinct=True))
    rows = waiting.filter(given__lt=F("awaited")).select_related("session__certification")
    sessions: dict[int, list[Enrolment]] = {}
    for enrolment in rows.order_by("session__entry_deadline", "pk"):
        sessions.setdefault(enrolment.session_id, []).append(enrolment)
    for enrolments in sessions.values():
        session, count = enrolments[0].session, len(enrolments)
        url = reverse("evaluations:trainee_list")
        if count == 1:
            url = reverse("evaluations:trainee_sheet", args=[enrolments[0].pk])
        yield Task(
            title=f"{count} stagiaire{plural(count)} à noter",
            detail=session.name,
            url=url,
            button="Noter",
            due=session.entry_deadline,
            count=count,
        )


def _drafts_to_publish() -> Iterator[Task]:
    drafts = Regulation.objects.filter(state=RegulationState.DRAFT).select_related("certification")
    for draft in drafts:
        yield Task(
            title="Un projet de règlement attend d’être publié",
            detail=f"{draft}, {draft.certification.short_title}",
            url=reverse("evaluations:regulation_detail", args=[draft.code, draft.version]),
            button="Relire",
        )
