"""Anybody who holds a certificate may check that it is one."""

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from candidates.models.enrolments import published
from cqp.crockford import normalise
from juries.bloc_certificates import bloc_certificate_content, bloc_status_of
from juries.certificate_status import Status, status_of, with_status
from juries.certificates import certificate_content
from juries.forms.national import CodeForm
from juries.models import BlocCertificate, Certificate
from juries.throttle import count_try, too_many

TRIES = 60  # an hour and an address: an employer checks a pile, nobody guesses 50 bits


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a code: `found`, `unknown`, `mistyped` or `throttled`."""

    kind: str
    content: dict[str, object] | None = None
    status: Status | None = None  # only said of what is found


# Not @reads: the only thing written is the count of tries, in the cache, which may be a table.
@login_not_required
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Say whether a verification code is that of a certificate, and whose."""
    typed = request.GET.get("code", "")
    answer = _answer(request, typed) if typed.strip() else None
    context = {"form": CodeForm(initial={"code": typed[:40]}), "answer": answer}
    response = render(request, "juries/verify.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    return response


def _answer(request: HttpRequest, typed: str) -> Answer:
    code = normalise(typed)
    if code is None:
        return Answer("mistyped")
    key = f"verify:{get_adapter().get_client_ip(request)}"
    if too_many(key, TRIES):
        return Answer("throttled")
    found = _found(code)
    if found is None:
        count_try(key)
        return Answer("unknown")
    return found


def _found(code: str) -> Answer | None:
    """What the certificate of this code says, of the whole or of one bloc, and whether it is in force."""
    now = timezone.now()  # nobody is told of a certificate before the results of its session are open
    opened = published("decision__enrolment__session", now)
    certificate = with_status(Certificate.objects.filter(opened, code=code)).first()
    if certificate:
        return Answer("found", certificate_content(certificate), status_of(certificate))
    alone = (
        BlocCertificate.objects.filter(published("proclamation__session", now), code=code)
        .select_related("acquired")
        .first()
    )
    return Answer("found", bloc_certificate_content(alone), bloc_status_of(alone)) if alone else None
