"""The certificate of one bloc: separate, covering only that bloc, without a level (dossier § 2.3)."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.crockford import new_identifier
from cqp.pdf import render_pdf
from cqp.templatetags.fr import day
from evaluations.models import AcquiredBloc
from juries.certificates import (
    CERTIFIERS,
    SHORT,
    SIGNATORY,
    natural_name,
    printed_holder,
    registration_of,
)
from juries.deliberation import holder_data
from juries.minutes import seal
from juries.models import BlocCertificate, Proclamation


def bloc_certificates_for(
    session: Session, acquired: Sequence[AcquiredBloc], proclamation: Proclamation, by: Actor
) -> Iterator[BlocCertificate]:
    """The certificates of these blocs, numbered in the order given; not yet saved."""
    sitting, registration = session.sitting, registration_of(session, session.sitting.held_on)
    for rank, row in enumerate(acquired, start=1):
        number, code = f"{session.code}-B{rank:05d}", new_identifier()
        content = {
            "certifiers": CERTIFIERS,
            "title": session.certification.title,
            "bloc": {"code": row.bloc.code, "label": row.bloc.title},
            "holder": printed_holder(holder_data(row.enrolment)),
            "registration": {"code": registration["code"]} if registration else None,
            "decision_date": day(sitting.held_on),
            "decision_iso": sitting.held_on.isoformat(),
            "place": sitting.place,
            "session": session.name,
            "number": number,
            "signatory": {"name": natural_name(by), "quality": SIGNATORY},
            "code": code,
            "digest": proclamation.digest[:SHORT],
        }
        sealed = seal(content)
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


def bloc_certificate_pdf(certificate: BlocCertificate) -> bytes:
    """The certificate of a bloc, always the same bytes."""
    content = bloc_certificate_content(certificate)
    return render_pdf("documents/bloc_certificate.html", content, identifier=certificate.digest)
