"""The procès-verbal of a proclamation says who sat, what was decided and how, and under which digests."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from candidates.models import Candidate, RncpRegistration, SessionPart
from cqp.templatetags.fr import groups
from evaluations.models import Block
from juries.models import Proclamation
from juries.proclamation_pdf import proclamation_content, proclamation_pdf
from juries.registration import registration_of
from juries.services.national import adopt_clear_files, decide, proclaim
from juries.services.sittings import give_points, step_aside
from juries.sitting import Ballot
from juries.states import Outcome
from tests.cast import Cast, open_session_of, part_of
from tests.juries.national_scenes import ARGUMENT, CLEAR, FAILED, INDULGENT, play, sit
from tests.juries.test_views_certificates import words_of
from tests.sittings import with_points

MOTIVE = "La note écrite porte sur une épreuve interrompue par une alerte incendie."


def proclaimed_with_everything(cast: Cast) -> Proclamation:
    """A clear file, one saved by argued points and a vote, one refused, a member aside."""
    version = with_points(cast, names_against=True).version
    session = open_session_of("GC_2013", cast.ucanss, version=version)
    _clear, failed, saved = play(cast, part_of(session), [CLEAR, FAILED, INDULGENT])
    sit(cast, session)
    at = timezone.now()
    adopt_clear_files(session=session, by=cast.cpnefp_president, at=at)
    written = Block.objects.get(regulation__adoptions__session=session, code="ECRIT")
    points: dict[str, Any] = {"block": written, "points": Decimal("0.5"), "motive": MOTIVE}
    give_points(enrolment=saved, **points, by=cast.cpnefp, at=at)
    ballots = [
        Ballot("EMPLOYEURS", in_favour=2, against=0, abstained=0),
        Ballot("SALARIES", in_favour=0, against=1, abstained=0, names_against="CARON Cyril"),
    ]
    values: dict[str, Any] = {"enrolment": saved, "outcome": Outcome.CERTIFIED, "motive": ""}
    decide(**values, ballots=ballots, by=cast.cpnefp, at=at)
    step_aside(enrolment=failed, motive="Ancien collègue", by=cast.cpnefp, at=at)
    refused: dict[str, Any] = {"enrolment": failed, "outcome": Outcome.NOT_CERTIFIED, "motive": ""}
    decide(**refused, by=cast.cpnefp_president, at=at)
    return proclaim(session=session, by=cast.cpnefp_president, at=timezone.now())


def test_the_minutes_say_who_sat_what_was_decided_and_under_which_digests(cast: Cast, tmp_path: Path) -> None:
    proclamation = proclaimed_with_everything(cast)
    pdf = proclamation_pdf(proclamation)
    words = words_of(pdf, tmp_path)

    for said in (
        "Procès-verbal de proclamation",
        "COLIN Carole",
        "Vice-présidence",
        "Ancien collègue",
        "certifiés",
        ARGUMENT[:40],
        MOTIVE[:40],
        "+0,5",
        "0 pour, 1 contre, 0 abstention ; contre : CARON Cyril",
        "à l’unanimité",
        proclamation.digest,
        proclamation_content(proclamation)["journal"]["head"],
    ):
        assert said in words, said


def test_the_minutes_are_always_the_same_bytes(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    proclamation = proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())

    assert proclamation_pdf(proclamation) == proclamation_pdf(Proclamation.objects.get())


def test_the_minutes_follow_what_was_frozen_whatever_is_corrected_since(
    cast: Cast, gc_part: SessionPart
) -> None:
    first, last = play(cast, gc_part, [CLEAR, CLEAR])
    registered = RncpRegistration.objects.filter(certification=gc_part.session.certification)
    sitting = sit(cast, gc_part.session)
    registered.update(valid_from=sitting.held_on, valid_to=sitting.held_on)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    proclamation = proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())
    before, said = proclamation_pdf(proclamation), proclamation_content(proclamation)
    assert said["registration"]
    assert [row["number"] for row in said["rows"]] == [groups(one.number) for one in (first, last)]

    Candidate.objects.filter(pk=first.candidate_id).update(birth_name="ZOLA", sort_key="ZOLA CAMILLE")
    registered.update(valid_from=None, code="RNCP00000")

    assert proclamation_content(Proclamation.objects.get()) == said
    assert proclamation_pdf(Proclamation.objects.get()) == before


def test_minutes_that_froze_no_registration_read_the_one_of_that_day(
    cast: Cast, gc_part: SessionPart
) -> None:
    play(cast, gc_part, [CLEAR])
    sitting = sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    proclamation = proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())
    payload = json.loads(proclamation.payload)
    del payload["registration"]
    proclamation.payload = json.dumps(payload)  # as proclaimed before: in memory, what is proclaimed is kept
    registered = RncpRegistration.objects.filter(certification=gc_part.session.certification)
    registered.update(valid_from=sitting.held_on, valid_to=sitting.held_on)

    printed = proclamation_content(proclamation)["registration"]

    assert printed == registration_of(proclamation.session, sitting.held_on)
    assert printed
