"""Anybody who holds a certificate may check that it is one: by its code, its QR, or the file itself."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cqp.awards import attempts
from cqp.awards.verification import Answer, FileAnswer, answer_of_code, answer_of_file
from cqp.awards.verification_forms import CodeForm, FileForm
from cqp.seal import certificate_pem, fingerprint

# Not @reads: the only thing written is the count of wrong codes.


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Say whether a verification code, or a file, is that of a certificate, and whose."""
    if request.method == "POST":
        return _dropped(request)
    typed = request.GET.get("code", "")
    return _page(request, typed, answer=_answer(request, typed) if typed.strip() else None)


@login_not_required
@require_safe
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """The same answer at the address the QR of a certificate gives."""
    return _page(request, code, answer=_answer(request, code))


@login_not_required
@require_safe
def seal_certificate(request: HttpRequest) -> HttpResponse:
    """The public certificate of the seal, for whoever checks a file with tools of their own."""
    content = certificate_pem()
    if not content:
        raise Http404
    return HttpResponse(
        content,
        content_type="application/x-pem-file",
        headers={"Content-Disposition": 'attachment; filename="certificat.pem"'},
    )


def _dropped(request: HttpRequest) -> HttpResponse:
    """A file: looked at and forgotten, so nothing is changed and the answer is the page itself."""
    address = get_adapter().get_client_ip(request)
    data, files = request.POST, request.FILES  # read first: cqp/uploads.py then says what was too large
    is_too_large = getattr(request, "is_upload_too_large", False)
    form = FileForm(data, files, is_too_large=is_too_large)
    if attempts.is_refused(address):
        return _page(request, answer=Answer("throttled"))
    if not form.is_valid():
        return _page(request, file_form=form)
    told = answer_of_file(form.cleaned_data["pdf"].read(), timezone.now())
    if not told.report.is_intact:
        attempts.count_wrong(address)
    return _page(request, told=told, answer=told.certificate)


def _answer(request: HttpRequest, typed: str) -> Answer:
    address = get_adapter().get_client_ip(request)
    if attempts.is_refused(address):
        return Answer("throttled")
    answer = answer_of_code(typed, timezone.now())
    if answer.kind == "unknown":
        attempts.count_wrong(address)
    return answer


def _page(
    request: HttpRequest,
    typed: str = "",
    *,
    answer: Answer | None = None,
    told: FileAnswer | None = None,
    file_form: FileForm | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": CodeForm(initial={"code": typed[:40]}),
        "file_form": file_form or FileForm(),
        "answer": answer,
        "told": told,
        "fingerprint": fingerprint(),
    }
    response = render(request, "awards/verify.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    return response
