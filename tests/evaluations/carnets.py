"""The carnet as the tests fill it: attested by the tutor, signed by the manager, through the real verbs."""

import io
from datetime import datetime, timedelta
from typing import Any

import pikepdf
from django.utils import timezone
from PIL import Image

from candidates.models import Enrolment, Session
from cqp.accounts.actor import Actor
from evaluations.models import Competence, MasteryAttestation
from evaluations.observed import Observed
from evaluations.services.carnet import Signed, Signing, attest, countersign
from tests.cast import Cast


def competence_of(enrolment: Enrolment, code: str = "B1C1") -> Competence:
    regulation = enrolment.session.adoption.regulation_id
    return Competence.objects.select_related("bloc").get(bloc__regulation=regulation, code=code)


def competences_of(enrolment: Enrolment) -> list[Competence]:
    regulation = enrolment.session.adoption.regulation_id
    rows = Competence.objects.filter(bloc__regulation=regulation).select_related("bloc")
    return list(rows.order_by("bloc__position", "position"))


def observed(**changes: Any) -> Observed:
    """Mastered, seen today during a visit."""
    values: dict[str, Any] = {
        "mastered": True,
        "observed_on": timezone.localdate(),
        "situation": "Visite chez un médecin généraliste.",
    }
    return Observed(**(values | changes))


def attest_one(
    cast: Cast,
    enrolment: Enrolment,
    code: str = "B1C1",
    *,
    version: int = 0,
    by: Actor | None = None,
    at: datetime | None = None,
    file: Any = None,
    **changes: Any,
) -> MasteryAttestation:
    return attest(
        enrolment=enrolment,
        competence=competence_of(enrolment, code),
        version=version,
        observed=observed(**changes),
        file=file,
        by=by or cast.tutor,
        at=at or timezone.now(),
    )


def sign(
    cast: Cast, *attestations: MasteryAttestation, by: Actor | None = None, **changes: Any
) -> list[Signed]:
    signings = []
    for row in attestations:
        values: dict[str, Any] = {"attestation": row, "version": row.version, "confirmed": row.mastered}
        signings.append(Signing(**(values | changes)))
    return countersign(signings=signings, by=by or cast.manager, at=timezone.now())


def complete(cast: Cast, enrolment: Enrolment) -> None:
    """Every competence attested, then signed in one gesture."""
    rows = [attest_one(cast, enrolment, competence.code) for competence in competences_of(enrolment)]
    assert not [answer.refusal for answer in sign(cast, *rows) if answer.refusal]


def past_deadline(enrolment: Enrolment) -> None:
    """The day after the last day its session gives to the carnets."""
    today = timezone.localdate()
    Session.objects.filter(pk=enrolment.session_id).update(
        entry_deadline=today - timedelta(days=1),
        exam_first_day=today - timedelta(days=9),
        exam_last_day=today - timedelta(days=9),
        enrolment_deadline=today - timedelta(days=20),
    )
    enrolment.session.refresh_from_db()


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#0f4c5c").save(out, kind, **more)
    return out.getvalue()


def pdf(pages: int = 1, **root: Any) -> bytes:
    """A small PDF; `root` adds keys to its catalogue."""
    document, out = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        document.add_blank_page()
    for key, value in root.items():
        document.Root[f"/{key}"] = value
    document.save(out)
    return out.getvalue()
