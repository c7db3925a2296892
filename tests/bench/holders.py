"""Holders by the thousand in a throw-away database: rows written in bulk, for measuring only."""

import json
from datetime import timedelta
from typing import Any

from tests.bench.crowd import make_crowd

BATCH = 2_000


def make_holders(count: int, *, months: int = 0, complete: bool = True) -> Any:
    """A proclaimed and registered session of gestionnaires conseil, everybody certified."""
    from django.utils import timezone

    from candidates.models import CivilStatus, RncpRegistration
    from candidates.states import SessionState
    from cqp.accounts.models import User
    from cqp.journal.models import Chain
    from juries.models import Proclamation, Sitting

    session = make_crowd("GC_2013", count, months=months, is_blank=True)
    user, at, day = User.objects.get(email="mesure@exemple.fr"), timezone.now(), session.exam_last_day
    RncpRegistration.objects.get_or_create(
        certification=session.certification,
        code="RNCP99999",
        defaults={
            "level": "5",
            "eu_level": "5",
            "nsf_codes": "313t",
            "valid_from": day - timedelta(days=9999),
            "valid_to": day + timedelta(days=9999),
        },
    )
    Sitting.objects.create(session=session, held_on=day, place="Paris", opened_at=at, opened_by=user)
    proclamation = Proclamation.objects.create(session=session, at=at, by=user, payload="{}", digest="0" * 64)
    enrolments = list(session.enrolments.select_related("candidate").order_by("pk"))
    _deliver(session, proclamation, enrolments, user, at)
    if complete:
        CivilStatus.objects.bulk_create(
            (
                CivilStatus(candidate_id=one.candidate_id, sex="F", birth_commune_code="69123")
                for one in enrolments
            ),
            batch_size=BATCH,
        )
    Chain.objects.get_or_create(key=session.code)
    session.state, session.results_open_at = SessionState.PROCLAIMED, at
    session.save(update_fields=["state", "results_open_at"])
    return session


def _deliver(session: Any, proclamation: Any, enrolments: list[Any], user: Any, at: Any) -> None:
    """Decisions, frozen files and certificates, as a proclamation leaves them."""
    from cqp.crockford import new_identifier
    from juries.models import Certificate, Decision, ProclaimedFile
    from juries.states import Outcome

    signed = {"basis": "0" * 64, "decided_at": at, "decided_by": user}
    decisions = Decision.objects.bulk_create(
        [
            Decision(enrolment=one, outcome=Outcome.CERTIFIED, proposed=Outcome.CERTIFIED, **signed)
            for one in enrolments
        ],
        batch_size=BATCH,
    )
    ProclaimedFile.objects.bulk_create(
        [
            ProclaimedFile(
                proclamation=proclamation,
                enrolment=one,
                outcome=Outcome.CERTIFIED,
                content=json.dumps({"holder": _identity(one.candidate), "result": {"detail": "x" * 2_000}}),
                digest="0" * 64,
            )
            for one in enrolments
        ],
        batch_size=BATCH,
    )
    Certificate.objects.bulk_create(
        [
            Certificate(
                decision=decision,
                number=f"{session.code}-{rank:06d}",
                code=new_identifier(),
                content=json.dumps({"text": "x" * 1_200}),
                digest="0" * 64,
            )
            for rank, decision in enumerate(decisions, 1)
        ],
        batch_size=BATCH,
    )


def _identity(candidate: Any) -> dict[str, str]:
    return {
        "birth_name": candidate.birth_name,
        "used_name": candidate.used_name,
        "first_names": candidate.first_names,
        "birth_date": candidate.birth_date.isoformat(),
        "birth_place": candidate.birth_place,
    }
