"""The certificate of one bloc: separate, covering only that bloc, without a level (dossier § 2.3)."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.crockford import new_identifier
from cqp.pdf import render_pdf
from evaluations.models import AcquiredBloc
from juries.certificate_status import Status
from juries.certificates import printed_act, printed_holder, qr_of, verify_url
from juries.minutes import seal
from juries.models import BlocCertificate, Proclamation, Rectification
from juries.registration import registration_of
from juries.stationery import dress_of, dressed, logos_of

BLOC_TEMPLATE = "documents/bloc_certificate.html"


def bloc_certificates_for(
    session: Session, acquired: Sequence[AcquiredBloc], proclamation: Proclamation, by: Actor
) -> Iterator[BlocCertificate]:
    """The certificates of these blocs, numbered in the order given; not yet saved."""
    registration, dress = registration_of(session, session.sitting.held_on), dress_of(session.certification)
    for rank, row in enumerate(acquired, start=1):
        number, code = f"{session.code}-B{rank:05d}", new_identifier()
        content = printed_act(session, row.enrolment, proclamation, by) | {
            "bloc": {"code": row.bloc.code, "label": row.bloc.title},
            "registration": {"code": registration["code"]} if registration else None,
            "number": number,
            "code": code,
            "verify_url": verify_url(code),
        }
        sealed = seal(dressed(content, dress, "bloc_certificate"))
        yield BlocCertificate(
            acquired=row,
            proclamation=proclamation,
            number=number,
            code=code,
            content=sealed.text,
            digest=sealed.digest,
        )


def bloc_certificate_content(certificate: BlocCertificate) -> dict[str, Any]:
    """What the certificate says, as frozen."""
    content: dict[str, Any] = json.loads(certificate.content)
    return content


def bloc_status_of(certificate: BlocCertificate) -> Status:
    """Whether it still says what is decided today: a rectification issues no certificate of a bloc again.

    The whole certificate replaces it; else it may print an identity that was corrected since.
    """
    of_enrolment = Rectification.objects.decided().filter(
        decision__enrolment=certificate.acquired.enrolment_id
    )
    decided = list(of_enrolment.order_by("-rank"))
    if not decided:
        return Status()
    last, (whole,) = decided[0], decided[0].certificates.all()[:1] or (None,)
    if whole is not None:
        return Status(last.held_on, whole.number)
    printed = bloc_certificate_content(certificate)["holder"]
    if printed_holder(json.loads(last.content)["holder"]) == printed:
        return Status()
    since = next(one.held_on for one in decided if one.corrections["identity"])
    return Status(since, is_corrected=True)


def bloc_certificate_pdf(certificate: BlocCertificate) -> bytes:
    """The certificate of a bloc, always the same bytes."""
    content = bloc_certificate_content(certificate)
    return render_pdf(
        BLOC_TEMPLATE,
        content | qr_of(content),
        identifier=certificate.digest,
        logos=logos_of(content),
    )
