"""The messages of a session: what is to send, sent or failed, and each of them as it was written."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Enrolment, Session
from candidates.states import SessionState
from candidates.views.pages import page_of
from cqp.accounts.actor import ActorRequest
from cqp.awards import message_queue as queue
from cqp.awards.forms.messages import AddressForm, MessageFilter
from cqp.awards.message_panel import sentence_of
from cqp.awards.message_recipients import owed_of
from cqp.awards.message_rules import resending_refusal, writing_refusal
from cqp.awards.models import Message
from cqp.awards.notices import ORGANISMES, Paper, letters_on_paper, notices_pdf
from cqp.awards.services import messages as services
from cqp.awards.views.outbox import has_outbox, html_page
from cqp.awards.views.sessions import session_of
from cqp.http import for_act, reads, writes, writes_only
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.templatetags.fr import plural
from cqp.workflow import Refusal
from juries.views.documents import document

SHOWN = 20


@reads
@for_act(Act.FOLLOW_MESSAGES)
def message_list(request: ActorRequest, code: str) -> HttpResponse:
    """The queue of a session: figures, then the messages, filtered, searched and to take away."""
    session, now = session_of(request, code), timezone.now()
    chosen = MessageFilter(request.GET, queue.messages_of(session))
    if fmt := wanted_format(request):
        return table_response(queue.table_of(session, chosen.qs), f"messages-{code}", fmt)
    page = page_of(request, chosen.qs)
    refusal = writing_refusal(session)
    owed = None if refusal else owed_of(session)
    counts = queue.counts_of(session, now)
    context = {
        "session": session,
        "filter": chosen,
        "page": page,
        "lines": [_line(row) for row in page],
        "counts": counts,
        "sentence": sentence_of(session, counts, now),
        "is_late": counts.is_late(now),
        "is_open": session.is_published(now),
        "refusal": refusal,
        "owed": owed,
        "paper": Paper.of(owed.on_paper if owed else ()),
        "shown": f":{SHOWN}",
        "more": max(len(owed.on_paper) - SHOWN, 0) if owed else 0,
        "may_see_outbox": has_outbox(),
    }
    return render(request, "awards/message_list.html", context)


@writes
@for_act(Act.WRITE_MESSAGE)
def messages_write(request: ActorRequest, code: str) -> HttpResponse:
    """What would be written to whom, one example of each; then, confirmed, the messages are prepared."""
    session = session_of(request, code)
    if request.method == "POST":
        _press(request, lambda: _write(request, session))
        return redirect("awards:message_list", code)
    refusal = writing_refusal(session)
    if refusal:
        messages.info(request, refusal)
        return redirect("awards:message_list", code)
    owed, now = owed_of(session), timezone.now()
    examples = {draft.template: draft for draft in reversed(owed.drafts)}
    context = {
        "session": session,
        "owed": owed,
        "counts": [(kind.label, owed.count(kind)) for kind in Message.Kind],
        "examples": [(draft, draft.words(session)) for draft in reversed(examples.values())],
        "on_paper": owed.on_paper[:SHOWN],
        "more": max(len(owed.on_paper) - SHOWN, 0),
        "is_open": session.is_published(now),
    }
    return render(request, "awards/messages_write.html", context)


@writes_only
@for_act(Act.RESEND_MESSAGE)
def messages_resend(request: ActorRequest, code: str) -> HttpResponse:
    """Send again every message of a session that failed."""
    session = session_of(request, code)

    def resend() -> str:
        count = services.resend_failed(session=session, by=request.actor, at=timezone.now())
        return f"{count} message{plural(count)} à renvoyer." if count else "Aucun message n’est en échec."

    _press(request, resend)
    return redirect("awards:message_list", code)


@reads
@for_act(Act.FOLLOW_MESSAGES)
def message_letters(request: ActorRequest, code: str) -> HttpResponse:
    """One PDF for those no message reaches: letters to the candidates, or notices to the organismes."""
    session = session_of(request, code)
    paper = Paper.of([] if writing_refusal(session) else owed_of(session).on_paper)
    if request.GET.get("pour") == ORGANISMES:
        if paper.organismes:
            today = timezone.localdate()
            return document(lambda: notices_pdf(session, paper.organismes, today), f"avis-{code}.pdf")
    elif paper.candidates:
        return document(lambda: letters_on_paper(session, paper.candidates), f"courriers-{code}.pdf")
    return redirect("awards:message_list", code)


@reads
@for_act(Act.FOLLOW_MESSAGES)
def message_detail(request: ActorRequest, pk: int) -> HttpResponse:
    """One message as it was written, and where it stands."""
    message = _message(request, pk)
    return render(request, "awards/message_detail.html", _line(message) | {"session": message.session})


@reads
@for_act(Act.FOLLOW_MESSAGES)
def message_html(request: ActorRequest, pk: int) -> HttpResponse:
    """The HTML of a message, alone on its page, where it may do nothing."""
    return html_page(_message(request, pk).html)


@writes_only
@for_act(Act.RESEND_MESSAGE)
def message_resend(request: ActorRequest, pk: int) -> HttpResponse:
    """Send one failed message again."""
    message = _message(request, pk)

    def resend() -> str:
        services.resend_message(message=message, by=request.actor, at=timezone.now())
        return "Le message va repartir."

    _press(request, resend)
    return redirect("awards:message_detail", pk)


@writes
@for_act(Act.RESEND_MESSAGE)
def message_address(request: ActorRequest, pk: int) -> HttpResponse:
    """Correct the address of a candidate; the messages of the session leave for the new one."""
    rows = Enrolment.objects.visible_to(request.actor).filter(session__state=SessionState.PROCLAIMED)
    enrolment = get_object_or_404(
        rows.select_related("candidate", "part__crfp", "session__certification"), pk=pk
    )
    form = AddressForm(request.POST or None, initial={"email": enrolment.candidate.email})
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            count = services.correct_address(
                enrolment=enrolment, email=email, by=request.actor, at=timezone.now()
            )
        except Refusal as refusal:
            form.add_error("email", refusal.sentence)
        else:
            again = f" {count} message{plural(count)} y part{plural(count, 'ent')}." if count else ""
            messages.success(
                request, f"Adresse enregistrée : {email.lower()}.{again}".replace(" :", "\u00a0:")
            )
            return redirect("awards:message_list", enrolment.session.code)
    context = {"enrolment": enrolment, "session": enrolment.session, "form": form}
    return render(request, "awards/message_address.html", context)


def _message(request: ActorRequest, pk: int) -> Message:
    sessions = Session.objects.visible_to(request.actor)
    rows = Message.objects.visible_to(request.actor).filter(session__in=sessions)
    related = rows.select_related("session__certification", "enrolment__candidate", "organisme")
    message: Message = get_object_or_404(related, pk=pk)
    message.stands = Message.objects.standing().filter(pk=pk).exists()  # type: ignore[attr-defined]
    return message


def _line(message: Message) -> dict[str, Any]:
    """What a row, or a page, shows of a message."""
    stands: bool = message.stands  # type: ignore[attr-defined]
    return {
        "message": message,
        "recipient": queue.recipient_of(message),
        "state": queue.words_of_state(message),
        "is_void": queue.words_of_state(message) in queue.VOID,
        "leaves_at": queue.leaves_at(message),
        "may_resend": resending_refusal(message, stands=stands) is None,
    }


def _write(request: ActorRequest, session: Session) -> str:
    written = services.write_messages(session=session, by=request.actor, at=timezone.now())
    count, letters = written.count, len(written.on_paper)
    said = f"{count} message{plural(count)} préparé{plural(count)}." if count else "Rien de nouveau à dire."
    if letters:
        said += f" {letters} courrier{plural(letters)} à imprimer."
    return said


def _press(request: ActorRequest, act: Callable[[], str]) -> None:
    """Do what a button asks; the next page says what was done, or why not."""
    try:
        messages.success(request, act())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
