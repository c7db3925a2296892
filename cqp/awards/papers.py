"""Which documents a session has, of each kind: names, what they are drawn from, in the order of the lists."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, QuerySet

from candidates.models import Session
from cqp.awards.models import DocumentRun
from juries.bloc_certificates import bloc_status_of
from juries.models import BlocCertificate, Certificate, CertificateQuerySet, ProclaimedFile, Rectification

_READ = 500  # rows whose frozen text is held at a time


@dataclass(frozen=True, slots=True)
class Paper:
    """One document to make: `source` names all it is drawn from, `title` is its bookmark."""

    name: str
    number: str
    title: str
    source: str
    row: tuple[str, int]  # which table, which row


def papers_of(session: Session, kind: str) -> list[Paper]:
    """Every document of this kind in force today."""
    if kind == DocumentRun.Kind.CERTIFICATES:
        return [*_certificates(session), *_bloc_certificates(session)]
    return list(_files(session, kind))


def count_of(session: Session, kind: str) -> int:
    """How many documents of this kind are in force today, without reading them."""
    if kind != DocumentRun.Kind.CERTIFICATES:
        return ProclaimedFile.objects.filter(proclamation__session=session).count()
    return _in_force(session).count() + _blocs_in_force(session).count()


def corrected_at(session: Session) -> datetime | None:
    """When a decision of this session was last rectified; None when none was."""
    rows = Rectification.objects.decided().filter(decision__enrolment__session=session)
    last: datetime | None = rows.aggregate(last=Max("closed_at"))["last"]
    return last


def _certificates(session: Session) -> Iterator[Paper]:
    rows = _in_force(session).values_list("pk", "number", "digest", "content")
    for pk, number, digest, content in rows.iterator(_READ):
        title = f"{_name(json.loads(content)['holder'])}, {number}"
        yield Paper(f"certificat-{number}.pdf", number, title, digest, ("certificate", pk))


def _in_force(session: Session) -> CertificateQuerySet:
    return Certificate.objects.in_force().filter(decision__enrolment__session=session)


def _bloc_certificates(session: Session) -> Iterator[Paper]:
    for row in _blocs_in_force(session).iterator(_READ):
        content = json.loads(row.content)
        title = f"{_name(content['holder'])}, bloc {content['bloc']['code']}, {row.number}"
        yield Paper(f"certificat-{row.number}.pdf", row.number, title, row.digest, ("bloc", row.pk))


def _blocs_in_force(session: Session) -> QuerySet[BlocCertificate]:
    """All but those a rectification ended: these are asked one by one, for few decisions are rectified."""
    rows = BlocCertificate.objects.filter(proclamation__session=session)
    decided = Rectification.objects.decided().filter(decision__enrolment__session=session)
    asked = rows.filter(acquired__enrolment__in=decided.values("decision__enrolment_id"))
    ended = [row.pk for row in asked.select_related("acquired") if not bloc_status_of(row).is_valid]
    return rows.exclude(pk__in=ended)


def _files(session: Session, kind: str) -> Iterator[Paper]:
    """One for each proclaimed candidate, as decided today."""
    stem = "releve" if kind == DocumentRun.Kind.TRANSCRIPTS else "courrier"
    rows = ProclaimedFile.objects.filter(proclamation__session=session)
    latest = dict(
        Rectification.objects.decided()
        .filter(decision__enrolment__session=session)
        .order_by("rank")
        .values_list("decision__enrolment_id", "digest")
    )
    found = rows.values_list("pk", "enrolment_id", "digest", "content")
    for pk, enrolment, digest, content in found.iterator(_READ):
        # Not the identification number: who holds it reads the results (R37).
        yield Paper(
            f"{stem}-{session.code}-{enrolment}.pdf",
            str(enrolment),
            _name(json.loads(content)["holder"]),
            latest.get(enrolment, digest),
            ("file", pk),
        )


def _name(holder: Mapping[str, Any]) -> str:
    """NOM Prénoms, as the lists have them."""
    return f"{(holder.get('used_name') or holder['birth_name']).upper()} {holder['first_names']}"
