"""What a person must do in this room: marks to enter, trainees to mark, drafts to publish."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from django.db.models import Count, F, Q
from django.urls import reverse

from candidates.models import Enrolment, SessionPart
from candidates.states import EnrolmentState, PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.roles import Act, Role
from cqp.tasks import Followed, Task
from cqp.templatetags.fr import plural
from evaluations.carnet import Carnet, carnets_of, enrolments_of
from evaluations.models import Mark, Regulation
from evaluations.retakes import retakes_of_parts
from evaluations.rules import RECORDS, responsible_refusal, retyping_refusal
from evaluations.standing import Standing, standings_of_parts
from evaluations.states import AttestationState, RegulationState

_SITTING = Q(state=EnrolmentState.ENROLLED)
_OPEN = Q(session__state=SessionState.OPEN)
# How long before its deadline a carnet that misses something is told to its CRFP.
_NEAR = timedelta(days=30)
_NAMED = 3


def tasks_of(actor: Actor, today: date) -> Iterator[Task]:
    """The acts awaited from this actor."""
    if actor.role == Role.CRFP:
        yield from _marks_and_sheets(actor)
        yield from _incomplete_carnets(actor, today)
    if actor.may(Act.ATTEST):
        yield from _to_observe(actor, today)
    if actor.may(Act.COUNTERSIGN):
        yield from _to_sign(actor, today)
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


def _open_carnets(actor: Actor, today: date) -> dict[int, list[Carnet]]:
    """The carnets that may still be filled, session by session, the nearest deadline first."""
    rows = enrolments_of(actor).filter(_SITTING, _OPEN, part__state=PartState.OPEN)
    rows = rows.filter(session__adoption__regulation__regime=Regulation.Regime.BLOCS)
    enrolments = list(rows.order_by("session__entry_deadline", "candidate__sort_key", "pk"))
    sessions: dict[int, list[Carnet]] = {}
    for carnet in carnets_of(enrolments, today) if enrolments else ():
        if not carnet.refusal:
            sessions.setdefault(carnet.enrolment.session_id, []).append(carnet)
    return sessions


def _to_observe(actor: Actor, today: date) -> Iterator[Task]:
    """What a tutor has to look at again, by its day, then what was never observed."""
    for carnets in _open_carnets(actor, today).values():
        due = [(carnet, line) for carnet in carnets for line in carnet.due_to_tutor]
        returned = [(carnet, line) for carnet, line in due if line.state == AttestationState.RETURNED]
        first = [(carnet, line) for carnet, line in due if not line.state]
        reviews = [line.attestation.review_on for _, line in returned if line.attestation]
        for lines, what, day in (
            (returned, "renvoyée{s}, à revoir", min((one for one in reviews if one), default=None)),
            (first, "à observer", carnets[0].last_day),
        ):
            if lines:
                what = f"{len(lines)} compétence{plural(len(lines))} {what.format(s=plural(len(lines)))}"
                yield _carnet_task(what, "Observer", [carnet for carnet, _ in lines], len(lines), day)


def _to_sign(actor: Actor, today: date) -> Iterator[Task]:
    for carnets in _open_carnets(actor, today).values():
        waiting = [carnet for carnet in carnets if carnet.due_to_manager]
        count = sum(len(carnet.due_to_manager) for carnet in waiting)
        if count:
            title = f"{count} attestation{plural(count)} à signer"
            url = reverse("evaluations:carnet_signatures")
            yield _carnet_task(title, "Signer", waiting, count, waiting[0].last_day, url)


def _incomplete_carnets(actor: Actor, today: date) -> Iterator[Task]:
    """The carnets of a CRFP that will not be complete in time, by name, in the last month."""
    for carnets in _open_carnets(actor, today).values():
        late = [one for one in carnets if one.missing and one.last_day - today <= _NEAR]
        if late:
            count, enrolment = len(late), late[0].enrolment
            url = reverse("evaluations:carnet_list", args=[enrolment.session.code, enrolment.part.crfp.code])
            title = f"{count} carnet{plural(count)} incomplet{plural(count)}"
            yield _carnet_task(title, "Voir qui", late, count, min(one.last_day for one in late), url)


def _carnet_task(
    title: str, button: str, carnets: Sequence[Carnet], count: int, due: date | None, url: str = ""
) -> Task:
    """One line about these carnets, naming three of their people at most."""
    enrolments = {carnet.enrolment.pk: carnet.enrolment for carnet in carnets}
    names = [enrolment.candidate.full_name for enrolment in enrolments.values()]
    more = len(names) - _NAMED
    others = f" et {more} autre{plural(more)}" if more > 0 else ""
    alone = reverse("evaluations:carnet_detail", args=list(enrolments)) if len(names) == 1 else ""
    return Task(
        title=title,
        detail=f"{', '.join(names[:_NAMED])}{others} · {carnets[0].enrolment.session.name}",
        url=url or alone or reverse("evaluations:trainee_list"),
        button=button,
        due=due,
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
