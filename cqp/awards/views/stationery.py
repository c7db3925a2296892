"""The certifications and what their documents wear: the list, the screen, the specimens."""

import re
from base64 import b64encode
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin

from candidates.models import Certification
from cqp.accounts.actor import ActorRequest
from cqp.awards import document_exports
from cqp.awards.forms.stationery import StationeryForm
from cqp.awards.models import Stationery
from cqp.awards.registration_tasks import certifications_watched, warning_of
from cqp.awards.services.stationery import save_stationery
from cqp.awards.specimens import SHOWN, specimen_pdf
from cqp.awards.stationery import current_of
from cqp.http import for_act, reads, writes, writes_only
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.wording import FIELDS
from cqp.workflow import Conflict, Refusal
from juries.views.documents import document
from juries.views.refusals import refuse

VERSIONS = 50


@reads
@for_act(Act.EDIT_STATIONERY)
def certification_list(request: ActorRequest) -> HttpResponse:
    """Each certification: its stationery, its registration today, what is to be done."""
    today = timezone.localdate()
    versions: dict[int, Stationery] = {}
    for row in Stationery.objects.defer("logo", "wording").select_related("saved_by").order_by("version"):
        versions[row.certification_id] = row
    rows = [
        {
            "certification": one,
            "version": versions.get(one.pk),
            "registration": next((row for row in one.registrations.all() if row.covers(today)), None),
            "warning": warning_of(one, today),
        }
        for one in certifications_watched()
    ]
    if fmt := wanted_format(request):
        return table_response(document_exports.certifications(rows), "certifications", fmt)
    return render(request, "awards/certification_list.html", {"rows": rows})


@csp_replace({"frame-src": [SELF]})  # type: ignore[arg-type]
@writes
@for_act(Act.EDIT_STATIONERY)
def stationery(request: ActorRequest, code: str) -> HttpResponse:
    """Write the stationery of a certification, see a specimen, save a version."""
    certification = get_object_or_404(Certification, code=code)
    versions = Stationery.objects.filter(certification=certification)
    last = current_of(certification)
    started = _asked(request, versions) or last
    form = _form(request, certification, started, last)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_stationery(
                certification=certification, by=request.actor, at=timezone.now(), **form.asked
            )
        except Conflict as refused:
            refuse(form, refused)
            last = current_of(certification)
            form.show_over(last)
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"La version {saved.version} de la papeterie est enregistrée.")
            return redirect("awards:stationery", code)
    form.ask_logo_again()
    context: dict[str, Any] = {
        "certification": certification,
        "form": form,
        "started": started,
        "last": last,
        "logo": _data(started),
        "fields": FIELDS.items(),
        "versions": _listed(versions),
    }
    return render(request, "awards/stationery.html", context)


@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]
@xframe_options_sameorigin
@writes_only
@for_act(Act.EDIT_STATIONERY)
def stationery_preview(request: ActorRequest, code: str) -> HttpResponse:
    """A specimen of one document under what is typed. A POST for what it carries: it writes nothing."""
    certification = get_object_or_404(Certification, code=code)
    form = _form(request, certification, None, None, strict=False)
    if not form.is_valid():
        sentence = next(iter(form.errors.values()))[0]
        return HttpResponse(sentence, status=409, content_type="text/plain; charset=utf-8")
    shown = form.cleaned_data["shown"] or next(iter(SHOWN))
    dress, logo, today = form.dress, form.kept_logo, timezone.localdate()
    return document(lambda: specimen_pdf(certification, shown, dress, logo, today), f"specimen-{code}.pdf")


def _asked(request: ActorRequest, versions: QuerySet[Stationery]) -> Stationery | None:
    """The version a form was written from, or the earlier one somebody takes up again, if there is one."""
    asked = request.POST.get("base") or request.GET.get("version", "")
    return versions.filter(version=int(asked)).first() if re.fullmatch("[0-9]{1,5}", asked) else None


def _listed(versions: QuerySet[Stationery]) -> QuerySet[Stationery]:
    rows = versions.defer("logo", "wording").select_related("saved_by")
    return rows.order_by("-version")[:VERSIONS]


def _form(
    request: ActorRequest,
    certification: Certification,
    version: Stationery | None,
    last: Stationery | None,
    *,
    strict: bool = True,
) -> StationeryForm:
    def logo_at(number: int) -> bytes | None:
        rows = Stationery.objects.filter(certification=certification, version=number)
        found = rows.values_list("logo", flat=True).first()
        return bytes(found) if found else None

    # An empty POST is a form too: one that says nothing.
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return StationeryForm(*sent, version=version, last=last, logo_at=logo_at, strict=strict)


def _data(version: Stationery | None) -> str:
    """The logo of a version as an address, to be shown beside its field."""
    if version is None or not version.logo:
        return ""
    return f"data:image/png;base64,{b64encode(bytes(version.logo)).decode()}"
