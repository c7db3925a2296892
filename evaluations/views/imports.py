"""Marks from a file: take the template away, send it back, look, confirm."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header

from candidates.forms.lists import ListForm
from candidates.imports.files import done_before, rows_of, table_of_dropped, take_in
from candidates.imports.report import Report
from candidates.models import ListImport, SessionPart
from candidates.rules import STALE_PREVIEW, import_refusal, part_closed_refusal
from candidates.states import ImportState
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.sheets.workbook import MAX_ROWS
from cqp.workflow import Refusal
from evaluations.imports.marks import MarksPreview
from evaluations.imports.running import block_of, import_marks, preview_of_file
from evaluations.imports.template import blocks_to_type, template_of_marks
from evaluations.models import Block, Operation
from evaluations.views.parts import part_of

SHOWN = 200
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@writes
@for_act(Act.RECORD_MARK)
def marks_import(request: ActorRequest, session: str, crfp: str) -> HttpResponse:
    """Send a sheet of marks, of every block or of the one asked for; nothing is written yet."""
    part = part_of(request, session, crfp)
    block = _asked(request, part)
    form = _form(request)
    if request.method == "POST":
        file = _received(request, part, form, block.code if block else "")
        if file:
            return redirect("evaluations:marks_import_detail", session, crfp, file.pk)
    return _page(request, part, form, block=block)


@writes
@for_act(Act.RECORD_MARK)
def marks_import_detail(request: ActorRequest, session: str, crfp: str, pk: int) -> HttpResponse:
    """What a file would change, then what it changed; confirm it, or send it again once corrected."""
    part = part_of(request, session, crfp)
    file = _file(request, part, pk)
    if request.method != "POST":
        return _page(request, part, ListForm(), file=file)
    if "confirm" not in request.POST:
        form = _form(request)
        again = _received(request, part, form, file.block)
        if again:
            return redirect("evaluations:marks_import_detail", session, crfp, again.pk)
        return _page(request, part, form, file=file)
    try:
        import_marks(
            file=file,
            unusual=request.POST["confirm"] == "all",
            seen=request.POST.get("seen", ""),
            by=request.actor,
            at=timezone.now(),
        )
    except Refusal as refusal:
        return _page(request, part, ListForm(), file=file, refusal=refusal.sentence)
    return redirect("evaluations:marks_import_detail", session, crfp, pk)


@reads
@for_act(Act.RECORD_MARK)
def marks_import_dropped(request: ActorRequest, session: str, crfp: str, pk: int) -> HttpResponse:
    """The lines of a file of which something is left out, with the reasons, to correct and send again."""
    part = part_of(request, session, crfp)
    file = _file(request, part, pk)
    preview = _preview(request, file)
    report = preview.report if preview else Report.of_json(file.report)
    table = table_of_dropped(rows_of(file), report.dropped)
    return table_response(table, f"lignes-ecartees-{part.session.code}", wanted_format(request) or "xlsx")


@reads
@for_act(Act.RECORD_MARK)
def marks_template(request: ActorRequest, session: str, crfp: str) -> HttpResponse:
    """The sheet to fill, made for this part and these blocks as they stand now."""
    part = part_of(request, session, crfp)
    block = _asked(request, part)
    blocks = blocks_to_type(part, block)
    if not blocks:
        raise Http404
    content = template_of_marks(part, blocks, timezone.now())
    response = HttpResponse(content, content_type=_XLSX)
    name = "-".join(filter(None, ("notes", part.session.code, part.crfp.code, block.code if block else "")))
    response["Content-Disposition"] = str(content_disposition_header(True, f"{name}.xlsx"))
    return response


def _file(request: ActorRequest, part: SessionPart, pk: int) -> ListImport:
    files = ListImport.objects.visible_to(request.actor).filter(part=part, kind=ListImport.Kind.MARKS)
    file = get_object_or_404(files.select_related("by"), pk=pk)
    file.part = part
    return file


def _asked(request: ActorRequest, part: SessionPart) -> Block | None:
    """The one block of the address; the page of an unknown block does not exist."""
    code = request.GET.get("epreuve", "")
    if not code:
        return None
    try:
        return block_of(part, code)
    except Refusal as refusal:
        raise Http404 from refusal


def _form(request: ActorRequest) -> ListForm:
    return ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()


def _received(request: ActorRequest, part: SessionPart, form: ListForm, block: str) -> ListImport | None:
    """The file kept for its preview; None when it cannot be read, and the form says why."""
    if not form.is_valid():
        return None
    now = timezone.now()
    try:
        with transaction.atomic():
            file = take_in(
                form.cleaned_data["file"],
                part=part,
                kind=ListImport.Kind.MARKS,
                by=request.actor,
                now=now,
                block=block,
            )
            preview_of_file(file, by=request.actor, now=now)
    except Refusal as refusal:
        form.add_error("file", refusal.sentence)
        return None
    return file


def _preview(request: ActorRequest, file: ListImport) -> MarksPreview | None:
    """What the file would change; None once it is confirmed, or too old to be."""
    now = timezone.now()
    if import_refusal(file, request.actor, now):
        return None
    return preview_of_file(file, by=request.actor, now=now)


def _undoable(request: ActorRequest, file: ListImport | None) -> Operation | None:
    """The gesture this import was, as long as nobody took it back."""
    pk = file.report.get("operation") if file else None
    operations = Operation.objects.visible_to(request.actor).filter(undone_by__isnull=True)
    return operations.filter(pk=pk).first() if pk else None


def _page(
    request: ActorRequest,
    part: SessionPart,
    form: ListForm,
    *,
    block: Block | None = None,
    file: ListImport | None = None,
    refusal: str = "",
) -> HttpResponse:
    preview = _preview(request, file) if file else None
    if file and file.block:
        block = block_of(part, file.block)
    is_stale = file is not None and file.state == ImportState.PREVIEW and preview is None
    report = preview.report if preview else Report.of_json(file.report) if file and file.report else None
    changes = sorted(preview.changes, key=lambda change: not change.before) if preview else []
    context: dict[str, Any] = {
        "part": part,
        "session": part.session,
        "form": form,
        "asked": block,
        "file": file,
        "preview": preview,
        "report": report,
        "before": done_before(file) if preview and file else None,
        "changes": changes[:SHOWN],
        "undoable": _undoable(request, file),
        "more": max(len(changes) - SHOWN, 0),
        "refusal": STALE_PREVIEW if is_stale else refusal,
        "closed": part_closed_refusal(part.session, part),
        "max_rows": MAX_ROWS,
        "blocks": blocks_to_type(part),
    }
    return render(request, "evaluations/marks_import.html", context)
