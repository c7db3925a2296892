"""« Prévisualiser comme… »: Ucanss reads a result as others do, without being them; nothing is written."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from cqp.accounts.actor import ActorRequest
from cqp.awards.previews import AUDIENCES, Preview, choices, preview_of
from cqp.awards.views.publication import proclaimed_session
from cqp.http import for_act, reads
from cqp.roles import Act
from evaluations.visibility import Audience
from juries.models import ProclaimedFile
from juries.publication import said
from juries.shared import lines_for_organisme
from juries.views.certificates import proclaimed_files, proclaimed_line
from juries.views.results import result_context


@reads
@for_act(Act.PREVIEW_RESULT)
def result_preview(request: ActorRequest, code: str, pk: int, audience: str) -> HttpResponse:
    """One result through the eyes of a role, today or once the results are open."""
    if audience not in AUDIENCES:
        raise Http404
    session, now = proclaimed_session(request, code), timezone.now()
    files = proclaimed_files(request, session.proclamation).select_related(
        "proclamation__session__certification", "enrolment__part", "enrolment__session__certification"
    )
    file = get_object_or_404(files, enrolment=pk)
    is_shut = not session.is_published(now)
    once_open = is_shut and request.GET.get("quand") == "ouverts"
    preview = preview_of(file.enrolment, audience, now=now, once_open=once_open)
    context = {
        "session": session,
        "enrolment": file.enrolment,
        "preview": preview,
        "audience": audience,
        "audiences": choices(),
        "is_shut": is_shut,
        "once_open": once_open,
        "opening": session.results_open_at and said(session.results_open_at),
        **_page(request, file, preview),
    }
    return render(request, "awards/result_preview.html", context)


def _page(request: ActorRequest, file: ProclaimedFile, preview: Preview) -> dict[str, Any]:
    """What the real page of that role is given."""
    if preview.audience == Audience.ORGANISME:
        return {"lines": lines_for_organisme([file.enrolment_id], preview.at)}
    if not preview.shows_outcome:
        return {}
    if preview.audience == Audience.CRFP:
        has_options = file.proclamation.session.options.exists()
        shown = {"has_options": has_options, "may_rectify": False, "may_preview": False}
        return {"lines": [proclaimed_line(file)], **shown}
    if preview.audience == Audience.CANDIDATE:
        return result_context(file, request.actor)
    return {}
