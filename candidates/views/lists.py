"""Enrolling a whole list from a file: send, look, confirm."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from candidates import rules
from candidates.forms.choices import Choices
from candidates.forms.lists import ListForm
from candidates.imports import ticket
from candidates.imports.candidates import Preview, preview_of
from candidates.imports.columns import expected, template_of
from candidates.models import SessionPart
from candidates.services.enrolments import enrol_many
from candidates.views.pages import part_or_404
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.sheets.reading import MAX_BYTES, read_sheet
from cqp.sheets.workbook import MAX_ROWS
from cqp.templatetags.fr import plural, thousands
from cqp.workflow import Refusal


@writes
@for_act(Act.ENROL)
def enrolment_import(request: ActorRequest, code: str, crfp: str) -> HttpResponse:
    """Send a file, see what it would do, confirm. Nothing is saved before the confirmation."""
    part = part_or_404(request, code, crfp)
    if "ticket" in request.POST:
        return _confirmed(request, part)
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    if request.method == "POST" and form.is_valid():
        try:
            # One byte more than allowed is enough to know the file is too big.
            rows = read_sheet(form.cleaned_data["file"].read(MAX_BYTES + 1)).rows
            preview = preview_of(rows, part)
        except Refusal as refusal:
            form.add_error("file", refusal.sentence)
        else:
            signed = ticket.issue(rows, part=part, user=request.actor.user)
            return _page(request, part, ListForm(), preview=preview, signed=signed, name=form.file_name)
    return _page(request, part, form)


@reads
@for_act(Act.ENROL)
def import_template(request: ActorRequest, code: str, crfp: str) -> HttpResponse:
    """The list to fill for this session; a BOM so that French Excel reads the accents."""
    part = part_or_404(request, code, crfp)
    text = template_of(part.session, Choices.of(part.session))
    response = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="candidats-{part.session.code}.csv"'
    return response


def _confirmed(request: ActorRequest, part: SessionPart) -> HttpResponse:
    """Enrol the lines that may go in, as the session is now; a second click finds nothing left to do."""
    form = ListForm()
    try:
        rows = ticket.redeem(request.POST["ticket"], part=part, user=request.actor.user)
        preview = preview_of(rows, part)
        if not preview.lines:
            messages.info(
                request, "Tous les candidats de ce fichier sont déjà inscrits : rien n’a été ajouté."
            )
            return redirect("candidates:part_detail", part.session.code, part.crfp.code)
        if str(len(preview.lines)) != request.POST.get("expected"):
            raise Refusal("La session a changé depuis l’aperçu : envoyez de nouveau le fichier.")
        lines = [line for _, line in preview.lines]
        enrol_many(part=part, lines=lines, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        form = ListForm({})
        form.errors.clear()
        form.add_error(None, refusal.sentence)
        return _page(request, part, form)
    _tell(request, preview)
    return redirect("candidates:part_detail", part.session.code, part.crfp.code)


def _tell(request: ActorRequest, preview: Preview) -> None:
    """What went in, and by number what did not: never a bare success when a line was left out."""
    count, refused = len(preview.lines), preview.refused
    s = plural(count)
    sentence = f"{thousands(count)} candidat{s} inscrit{s}."
    if not refused:
        messages.success(request, sentence)
        return
    numbers = ", ".join(map(str, refused))
    s = plural(len(refused))
    messages.warning(request, f"{sentence} {len(refused)} ligne{s} non reprise{s} du fichier : {numbers}.")


def _page(
    request: ActorRequest,
    part: SessionPart,
    form: ListForm,
    *,
    preview: Preview | None = None,
    signed: str = "",
    name: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "part": part,
        "session": part.session,
        "form": form,
        "preview": preview,
        "ticket": signed,
        "file_name": name,
        "max_rows": MAX_ROWS,
        "columns": list(expected(bool(part.session.options.all()))),
        "refusal": rules.enrolment_refusal(part.session, part, timezone.localdate()),
    }
    return render(request, "candidates/enrolment_import.html", context)
