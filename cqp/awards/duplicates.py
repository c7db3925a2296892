"""A duplicate: the certificate as it is, with its rank and its day."""

from typing import Any

from django.utils import timezone

from candidates.models import Enrolment
from cqp.awards.models import Duplicate
from cqp.pdf import render_pdf
from cqp.templatetags.fr import day
from juries.bloc_certificates import bloc_certificate_content, bloc_status_of
from juries.certificate_status import Status, status_of
from juries.certificates import certificate_content, qr_of
from juries.models import BlocCertificate, Certificate
from juries.stationery import logos_of


def document_of(duplicate: Duplicate) -> Certificate | BlocCertificate:
    """What it is a duplicate of."""
    document = duplicate.certificate or duplicate.bloc_certificate
    if document is None:
        raise ValueError("a duplicate is of one document")
    return document


def enrolment_of(document: Certificate | BlocCertificate) -> Enrolment:
    """Whose certificate it is, in which session."""
    if isinstance(document, Certificate):
        return document.decision.enrolment
    return document.acquired.enrolment


def document_status(document: Certificate | BlocCertificate) -> Status:
    """Whether this certificate is in force today."""
    return status_of(document) if isinstance(document, Certificate) else bloc_status_of(document)


def duplicate_pdf(duplicate: Duplicate) -> bytes:
    """The duplicate, always the same bytes: the frozen content, « Duplicata n° 2, délivré le … »."""
    document = document_of(duplicate)
    content: dict[str, Any]
    if isinstance(document, Certificate):
        template, content = "documents/certificate.html", certificate_content(document)
    else:
        template, content = "documents/bloc_certificate.html", bloc_certificate_content(document)
    said = {"rank": duplicate.rank, "date": day(timezone.localdate(duplicate.at))}
    printed = {"replaces": None} | content | qr_of(content) | {"duplicate": said}
    identifier = f"{document.digest}-{duplicate.rank}"
    return render_pdf(template, printed, identifier=identifier, logos=logos_of(content))
