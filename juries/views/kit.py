"""The kit of a jury: take it away, send it back, look, confirm."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header

from candidates.forms.lists import ListForm
from candidates.imports.files import read_file
from candidates.rules import PREVIEW_LASTS, STALE_PREVIEW
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.sheets.reading import MAX_BYTES
from cqp.sheets.workbook import MAX_WORDS
from cqp.workflow import Refusal
from juries.kit_file import NO_BLOCS, kit_of
from juries.kit_preview import KitPreview, KitSheet, preview_of
from juries.models import HearingSlot, LocalJury
from juries.reading import HearingLine, lines_of
from juries.rules import jury_frozen_refusal
from juries.services.kit import bring_kit

_SALT = "juries.kit.lines"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@writes
@for_act(Act.SIT_IN_JURY)
def kit(request: ActorRequest, pk: int) -> HttpResponse:
    """Take the kit of a jury or send it back: a preview first, then the one button."""
    jury, lines = _jury(request, pk)
    form = ListForm()
    if request.method != "POST" or _refusal(jury, lines):
        return _page(request, jury, lines, form)
    if "lines" in request.POST:
        return _confirm(request, jury, lines)
    form = ListForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, jury, lines, form)
    try:
        # One byte more than allowed is enough to know the file is too big.
        content = form.cleaned_data["file"].read(MAX_BYTES + 1)
        sheet = KitSheet.of(read_file(content, longest=MAX_WORDS))
        preview = preview_of(jury, sheet, by=request.actor, now=timezone.now())
    except Refusal as refusal:
        form.add_error("file", refusal.sentence)
        return _page(request, jury, lines, form)
    return _page(request, jury, lines, ListForm(), sheet=sheet, preview=preview, name=form.file_name)


@reads
@for_act(Act.SIT_IN_JURY)
def kit_file(request: ActorRequest, pk: int) -> HttpResponse:
    """The workbook to fill: the candidates this juror hears, as things stand."""
    jury, lines = _jury(request, pk)
    if not lines or _refusal(jury, lines):
        raise Http404
    slots = HearingSlot.objects.filter(hearing__in=[line.hearing.pk for line in lines])
    hours = {
        slot.hearing_id: f"{slot.day.day:%d/%m} {slot.starts:%H:%M}" for slot in slots.select_related("day")
    }
    response = HttpResponse(kit_of(jury, lines, hours, timezone.now()), content_type=_XLSX)
    response["Cache-Control"] = "no-store"  # names and marks: kept where the person chose, nowhere else
    name = f"kit-{jury.part.session.code}-jury-{jury.pk}.xlsx"
    response["Content-Disposition"] = str(content_disposition_header(True, name))
    return response


def _jury(request: ActorRequest, pk: int) -> tuple[LocalJury, list[HearingLine]]:
    juries = LocalJury.objects.visible_to(request.actor)
    jury = get_object_or_404(juries.select_related("part__session__certification", "part__crfp"), pk=pk)
    return jury, lines_of(jury.hearings.visible_to(request.actor))


def _refusal(jury: LocalJury, lines: list[HearingLine]) -> str | None:
    """Why this jury has no kit to send."""
    if any(line.blocs for line in lines):
        return NO_BLOCS
    return jury_frozen_refusal(jury)


def _confirm(request: ActorRequest, jury: LocalJury, lines: list[HearingLine]) -> HttpResponse:
    try:
        sheet, name = _carried(request, jury)
    except signing.BadSignature:
        return _page(request, jury, lines, ListForm(), refusal=STALE_PREVIEW)
    try:
        bring_kit(
            jury=jury,
            sheet=sheet,
            seen=request.POST.get("seen", ""),
            names_confirmed="names_confirmed" in request.POST,
            by=request.actor,
            at=timezone.now(),
        )
    except Refusal as refusal:
        try:
            again = preview_of(jury, sheet, by=request.actor, now=timezone.now())
        except Refusal:
            return _page(request, jury, lines, ListForm(), refusal=refusal.sentence)
        said = refusal.sentence
        return _page(request, jury, lines, ListForm(), sheet=sheet, preview=again, name=name, refusal=said)
    messages.success(request, f"Le kit « {name} » est enregistré.")
    return redirect("juries:jury_detail", jury.pk)


# Between the preview and the button the lines travel with the page, signed: nothing of them is kept here.


def _carry(request: ActorRequest, jury: LocalJury, sheet: KitSheet, name: str) -> str:
    told = {
        "user": request.user.pk,
        "jury": jury.pk,
        "name": name,
        "rows": sheet.rows,
        "computed": sorted(sheet.computed),
        "broken": list(sheet.broken.items()),
    }
    return signing.dumps(told, salt=_SALT, compress=True)


def _carried(request: ActorRequest, jury: LocalJury) -> tuple[KitSheet, str]:
    """Raises BadSignature when it is too old, somebody else's, or of another jury."""
    told = signing.loads(request.POST["lines"], salt=_SALT, max_age=PREVIEW_LASTS)
    if (told["user"], told["jury"]) != (request.user.pk, jury.pk):
        raise signing.BadSignature
    rows = [(number, cells) for number, cells in told["rows"]]
    return KitSheet(rows, frozenset(told["computed"]), dict(told["broken"])), told["name"]


def _page(
    request: ActorRequest,
    jury: LocalJury,
    lines: list[HearingLine],
    form: ListForm,
    *,
    sheet: KitSheet | None = None,
    preview: KitPreview | None = None,
    name: str = "",
    refusal: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "jury": jury,
        "lines": lines,
        "form": form,
        "preview": preview,
        "name": name,
        "carried": _carry(request, jury, sheet, name) if sheet else "",
        "refusal": refusal,
        "closed": _refusal(jury, lines),
        "file": None,
    }
    return render(request, "juries/kit.html", context)
