"""What a person must do in this room: marks to enter, trainees to mark, drafts to publish."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.db.models import Count, F, Q
from django.urls import reverse

from candidates.models import Enrolment, SessionPart
from candidates.states import EnrolmentState, PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.roles import Act, Role
from cqp.tasks import Followed, Task
from cqp.templatetags.fr import plural
from evaluations.models import Mark, Regulation
from evaluations.retakes import retakes_of_parts
from evaluations.rules import RECORDS, responsible_refusal, retyping_refusal
from evaluations.standing import Standing, standings_of_parts
from evaluations.states import RegulationState

_SITTING = Q(state=EnrolmentState.ENROLLED)
_OPEN = Q(session__state=SessionState.OPEN)


def tasks_of(actor: Actor, today: date) -> Iterator[Task]:
    """The acts awaited from this actor."""
    if actor.role == Role.CRFP:
        yield from _marks_and_sheets(actor)
    if actor.may(Act.CALL_RETAKE):
        yield from _retakes(actor, today)
    if actor.may(Act.FOLLOW_TRAINEES):
        yield from _trainees_to_mark(actor)
    if actor.may(Act.PUBLISH_REGULATION):
        yield from _drafts_to_publish()


def followed_by(actor: Actor) -> Iterator[Followed]:
    """What this actor follows without an act being awaited: the sessions, which their own room shows."""
    yield from ()


def _marks_and_sheets(actor: Actor) -> Iterator[Task]:
    """What the CRFP still has to see entered, checked and transmitted, session by session."""
    parts = SessionPart.objects.visible_to(actor).filter(_OPEN, state=PartState.OPEN)
    rows = list(parts.select_related("session__certification", "session__adoption", "crfp"))
    standings = standings_of_parts(rows) if rows else {}
    for part in rows:
        left = sum(len(one.missing) for one in standings[part.pk])
        if left:
            yield _to_enter(part, left)
        open_sheets = [one for one in standings[part.pk] if one.done and not one.sheet.is_submitted]
        yield from _sheet_tasks(part, open_sheets, actor)


def _retakes(actor: Actor, today: date) -> Iterator[Task]:
    """Candidates to call to a retake (R7), then the marks of those whose day has come."""
    parts = SessionPart.objects.visible_to(actor).filter(_OPEN, state=PartState.OPEN)
    rows = list(parts.select_related("session__certification", "session__adoption", "crfp"))
    retakes = retakes_of_parts(rows) if rows else {}
    for part in rows:
        waiting = [one for one in retakes[part.pk] if one.is_open and not one.is_deferred]
        to_call = sum(one.call is None for one in waiting)
        to_mark = sum(one.is_awaited(today) for one in waiting)
        for count, title, button in (
            (to_call, f"{to_call} rattrapage{plural(to_call)} à organiser", "Convoquer"),
            (to_mark, f"{to_mark} note{plural(to_mark)} de rattrapage à saisir", "Saisir"),
        ):
            if count:
                yield Task(
                    title=title,
                    detail=part.session.name,
                    url=reverse("evaluations:retake_list", args=[part.session.code, part.crfp.code]),
                    button=button,
                    due=part.session.entry_deadline,
                    count=count,
                )


def _to_enter(part: SessionPart, left: int) -> Task:
    return Task(
        title=f"{left} note{plural(left)} à saisir",
        detail=part.session.name,
        url=reverse("evaluations:mark_sheet", args=[part.session.code, part.crfp.code]),
        button="Saisir",
        due=part.session.entry_deadline,
        count=left,
    )


def _sheet_tasks(part: SessionPart, standings: Sequence[Standing], actor: Actor) -> Iterator[Task]:
    """One line for each thing awaited of this person in a part, whatever the number of blocks."""
    retyped = {
        one.block: count
        for one in standings
        if (count := sum(retyping_refusal(item.mark, actor) is None for item in one.to_retype))
    }
    differing = {one.block: len(one.differences) for one in standings if one.differences}
    ready = {
        one.block: one.done
        for one in standings
        if one.is_ready and responsible_refusal(one.sheet, actor) is None
    }
    here = [part.session.code, part.crfp.code]
    for counted, noun, button, page in (
        (retyped, "note{s} à ressaisir à l’aveugle", "Ressaisir", "sheet_retype"),
        (differing, "écart{s} de saisie à trancher", "Trancher", "sheet_settle"),
        (ready, "note{s} saisie{s}, non transmise{s}", "Transmettre", "sheet_submit"),
    ):
        if counted:
            count, blocks = sum(counted.values()), list(counted)
            alone = reverse(f"evaluations:{page}", args=[*here, blocks[0].code])
            yield Task(
                title=f"{count} {noun.format(s=plural(count))}",
                detail=f"{', '.join(block.label for block in blocks)} · {part.session.name}",
                url=alone if len(blocks) == 1 else reverse("evaluations:sheet_list", args=here),
                button=button,
                due=part.session.entry_deadline,
                count=count,
            )


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
