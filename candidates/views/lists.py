"""Enrolling a whole list from a file: send, look, confirm, and follow how far it is."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header

from candidates import rules
from candidates.forms.choices import Choices
from candidates.forms.lists import ListForm
from candidates.imports.candidates import Preview
from candidates.imports.columns import expected, template_of
from candidates.imports.files import done_before, rows_of, table_of_dropped, take_in
from candidates.imports.report import Report
from candidates.imports.running import fingerprint_of, import_candidates, preview_of_file
from candidates.imports.template import workbook_of
from candidates.models import ListImport, SessionPart
from candidates.states import ImportState
from candidates.views.pages import part_or_404
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.sheets.workbook import MAX_ROWS
from cqp.workflow import Refusal

SHOWN = 200
RECENT = 5


@writes
@for_act(Act.ENROL)
def enrolment_import(request: ActorRequest, code: str, crfp: str) -> HttpResponse:
    """Send a list; nothing is saved before its preview is confirmed."""
    part = part_or_404(request, code, crfp)
    form = _form(request)
    if request.method == "POST":
        file = _received(request, part, form)
        if file:
            return redirect("candidates:import_detail", code, crfp, file.pk)
    return _page(request, part, form)


@writes
@for_act(Act.ENROL)
def import_detail(request: ActorRequest, code: str, crfp: str, pk: int) -> HttpResponse:
    """What a list would do, how far it is, what it did; confirm it, or send it again once corrected."""
    part = part_or_404(request, code, crfp)
    file = _file(request, part, pk)
    if request.method != "POST":
        return _progress(request, file) if request.htmx else _page(request, part, ListForm(), file=file)  # type: ignore[attr-defined]
    if "confirm" not in request.POST:
        form = _form(request)
        again = _received(request, part, form)
        if again:
            return redirect("candidates:import_detail", code, crfp, again.pk)
        return _page(request, part, form, file=file)
    try:
        import_candidates(file=file, seen=request.POST.get("seen", ""), by=request.actor, at=timezone.now())
    except Refusal as refusal:
        return _page(request, part, ListForm(), file=_file(request, part, pk), refusal=refusal.sentence)
    return redirect("candidates:import_detail", code, crfp, pk)


@reads
@for_act(Act.ENROL)
def import_dropped(request: ActorRequest, code: str, crfp: str, pk: int) -> HttpResponse:
    """The lines of a list that are left out, with the reasons, to correct and send again."""
    part = part_or_404(request, code, crfp)
    file = _file(request, part, pk)
    preview = _preview(request, file)
    report = preview.report if preview else Report.of_json(file.report)
    table = table_of_dropped(rows_of(file), report.dropped)
    return table_response(table, f"lignes-ecartees-{part.session.code}", wanted_format(request) or "xlsx")


@reads
@for_act(Act.ENROL)
def import_template(request: ActorRequest, code: str, crfp: str) -> HttpResponse:
    """The list to fill for this session; a BOM so that French Excel reads the accents."""
    part = part_or_404(request, code, crfp)
    text = template_of(part.session, Choices.of(part.session))
    return _attached(text.encode("utf-8-sig"), "text/csv; charset=utf-8", f"candidats-{code}.csv")


@reads
@for_act(Act.ENROL)
def import_workbook(request: ActorRequest, code: str, crfp: str) -> HttpResponse:
    """The same list as a workbook, which offers the accepted values in each cell."""
    part = part_or_404(request, code, crfp)
    content = workbook_of(part.session, Choices.of(part.session))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _attached(content, kind, f"candidats-{code}.xlsx")


def _attached(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = str(content_disposition_header(True, name))
    return response


def _form(request: ActorRequest) -> ListForm:
    return ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()


def _files(request: ActorRequest, part: SessionPart) -> Any:
    files = ListImport.objects.visible_to(request.actor)
    return files.filter(part=part, kind=ListImport.Kind.CANDIDATES).select_related("by")


def _file(request: ActorRequest, part: SessionPart, pk: int) -> ListImport:
    file: ListImport = get_object_or_404(_files(request, part), pk=pk)
    file.part = part
    return file


def _received(request: ActorRequest, part: SessionPart, form: ListForm) -> ListImport | None:
    """The file kept for its preview; None when it cannot be read, and the form says why."""
    if not form.is_valid():
        return None
    try:
        with transaction.atomic():
            file = take_in(
                form.cleaned_data["file"],
                part=part,
                kind=ListImport.Kind.CANDIDATES,
                by=request.actor,
                now=timezone.now(),
            )
            preview_of_file(file)
    except Refusal as refusal:
        form.add_error("file", refusal.sentence)
        return None
    return file


def _preview(request: ActorRequest, file: ListImport) -> Preview | None:
    """What the list would do; None once it is confirmed, or too old to be."""
    if rules.import_refusal(file, request.actor, timezone.now()):
        return None
    return preview_of_file(file)


def _progress(request: ActorRequest, file: ListImport) -> HttpResponse:
    """The bar alone while it moves; then the page asks for itself again."""
    response = render(request, "candidates/_import_progress.html", {"file": file})
    if file.state != ImportState.RUNNING:
        response["HX-Refresh"] = "true"
    return response


def _page(
    request: ActorRequest,
    part: SessionPart,
    form: ListForm,
    *,
    file: ListImport | None = None,
    refusal: str = "",
) -> HttpResponse:
    preview = _preview(request, file) if file else None
    is_stale = file is not None and file.state == ImportState.PREVIEW and preview is None
    lines = preview.lines if preview else ()
    context: dict[str, Any] = {
        "part": part,
        "session": part.session,
        "form": form,
        "file": file,
        "preview": preview,
        "report": preview.report if preview else Report.of_json(file.report) if file else None,
        "seen": fingerprint_of(preview) if preview else "",
        "before": done_before(file) if preview and file else None,
        "lines": lines[:SHOWN],
        "more": max(len(lines) - SHOWN, 0),
        "refusal": rules.STALE_PREVIEW if is_stale else refusal,
        "is_running": file is not None and file.state == ImportState.RUNNING,
        "recent": [] if file else _files(request, part).exclude(state=ImportState.PREVIEW)[:RECENT],
        "max_rows": MAX_ROWS,
        "columns": list(expected(bool(part.session.options.all()))),
        "closed": rules.enrolment_refusal(part.session, part, timezone.localdate()),
    }
    return render(request, "candidates/enrolment_import.html", context)
