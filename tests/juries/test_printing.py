"""What a proclamation would freeze can be printed: cleaned on the way in, checked before it is frozen."""

from dataclasses import replace
from datetime import datetime

import pytest
from django.utils import timezone

from candidates.models import Candidate, Enrolment, RncpRegistration, Session, SessionPart
from candidates.services.enrolments import Line, enrol, update_enrolment
from cqp.workflow import Refusal
from juries import certificates
from juries.models import Certificate, Decision, ProclaimedFile, Proclamation
from juries.rules import Refusals
from juries.services import local
from juries.services.national import adopt_clear_files, open_sitting, proclaim
from juries.services.transmission import outlook_of
from juries.states import Outcome
from tests.cast import Cast, make_line
from tests.juries.national_scenes import CLEAR, FAILED, decide_as, play, proclaim_all, sit
from tests.juries.scenes import composed_jury, new_jury

pytestmark = pytest.mark.django_db

REVERSED = "Lyon\u202e"


def spoil(enrolment: Enrolment) -> None:
    """An identity as it may have entered before texts were cleaned."""
    Candidate.objects.filter(pk=enrolment.candidate_id).update(birth_place=REVERSED)


def test_an_identity_is_cleaned_or_refused_when_it_is_enrolled_or_corrected(
    cast: Cast, gc_part: SessionPart, now: datetime
) -> None:
    line = make_line(cast, gc_part.session.certification)

    def named(name: str) -> Line:
        return replace(line, identity=replace(line.identity, birth_name=name))

    enrolment = enrol(part=gc_part, line=named("Kel\u200eler\u200b"), by=cast.clerk, at=now)
    assert enrolment.candidate.birth_name == "Keller"
    assert enrolment.candidate.sort_key.startswith("KELLER ")
    for name in ("Kel\u202eler", "Kel\x07ler"):
        with pytest.raises(Refusal, match="retapez-le"):
            enrol(part=gc_part, line=named(name), by=cast.clerk, at=now)
        with pytest.raises(Refusal, match="retapez-le"):
            update_enrolment(enrolment=enrolment, line=named(name), by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="déjà inscrit"):
        enrol(part=gc_part, line=named("\ufeffKeller"), by=cast.clerk, at=now)


def test_an_identity_that_would_not_print_is_named_before_anything_is_frozen(
    cast: Cast, gc_part: SessionPart
) -> None:
    spoiled, _clear = play(cast, gc_part, [CLEAR, CLEAR])
    spoil(spoiled)
    sit(cast, gc_part.session)

    with pytest.raises(Refusal, match="ne peut pas être imprimé") as refusal:
        proclaim_all(cast, gc_part.session, {})

    assert spoiled.candidate.full_name in refusal.value.sentence
    assert not Proclamation.objects.exists()


def test_transmission_names_it_while_it_may_still_be_corrected(
    gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    spoil(gc_enrolments[0])

    (blocker,) = [one for one in outlook_of(gc_part).blockers if one.button == "Corriger"]

    assert gc_enrolments[0].candidate.full_name in blocker.sentence
    assert blocker.url.endswith(f"/inscriptions/{gc_enrolments[0].pk}/modifier/")


def test_the_texts_of_the_juries_are_cleaned(cast: Cast, gc_part: SessionPart, now: datetime) -> None:
    jury = new_jury(cast, gc_part, "Jury\u200b  A")
    assert jury.name == "Jury A"
    with pytest.raises(Refusal, match="retapez-le"):
        new_jury(cast, gc_part, "Jury \u202eB")
    (enrolment,) = play(cast, gc_part, [FAILED])
    sitting = sit(cast, gc_part.session, place=" Mon\u00adtreuil ")
    assert sitting.place == "Montreuil"
    decide_as(cast, enrolment, Outcome.CERTIFIED, "Un\u200e parcours.")
    assert Decision.objects.get().motive == "Un parcours."
    with pytest.raises(Refusals) as refusals:
        decide_as(cast, enrolment, Outcome.CERTIFIED, "Un parcours\x07.")
    assert list(refusals.value.sentences) == ["motive"]


def test_a_jurys_argument_is_cleaned_or_refused_beside_its_field(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    hearing = gc_enrolments[0].hearing

    def say(argument: str) -> None:
        opinion = local.OpinionEntry(favourable=False, argument=argument, version=0)
        local.record_hearing(hearing=hearing, marks=[], opinion=opinion, by=cast.juror, at=now)

    with pytest.raises(Refusals) as refusals:
        say("Des réponses\u202e théoriques.")
    assert list(refusals.value.sentences) == ["opinion"]
    say("Des réponses\ufeff théoriques.")
    hearing.refresh_from_db()
    assert hearing.opinion.argument == "Des réponses théoriques."


def test_the_certificate_says_the_name_in_use_and_prints(cast: Cast, gc_part: SessionPart) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    names = {"first_names": "Élodie, Ugo", "birth_name": "Keller", "used_name": ""}
    Candidate.objects.filter(pk=enrolment.candidate_id).update(**names)
    RncpRegistration.objects.update(valid_from=None)
    sit(cast, gc_part.session)
    proclaim_all(cast, gc_part.session, {})

    certificate = Certificate.objects.get()
    content = certificates.certificate_content(certificate)

    assert content["holder"]["name"] == "Élodie KELLER"
    assert content["holder"]["first_names"] == "Élodie, Ugo"
    assert content["registration"] is None, "a registration whose beginning is unknown covers nothing"
    assert certificates.certificate_pdf(certificate).startswith(b"%PDF")
    assert certificates.transcript_pdf(ProclaimedFile.objects.get()).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("first_names", "used_name", "name"),
    [
        ("Marie Claire, Anne", "", "Marie Claire KELLER"),
        ("Jean-Paul Anne", "Ménard", "Jean-Paul MÉNARD"),
        ("Ève", "", "Ève KELLER"),
    ],
)
def test_the_first_of_the_first_names_is_the_usual_one(first_names: str, used_name: str, name: str) -> None:
    holder = {
        "first_names": first_names,
        "birth_name": "Keller",
        "used_name": used_name,
        "birth_date": "1990-05-01",
    }
    assert certificates.printed_holder(holder)["name"] == name


def test_a_signatory_who_would_not_print_stops_everything(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    cast.cpnefp_president.user.last_name = "Pré\u202evost"

    with pytest.raises(Refusal, match="retapez-le"):
        proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())
    assert not Proclamation.objects.exists()


def test_an_identity_changed_since_the_decision_stops_the_proclamation(
    cast: Cast, gc_part: SessionPart
) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    Candidate.objects.filter(pk=enrolment.candidate_id).update(birth_name="Autrement")

    with pytest.raises(Refusal, match="ont changé depuis la décision"):
        proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())

    decide_as(cast, enrolment, Outcome.CERTIFIED)
    proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())
    assert Session.objects.get(pk=gc_part.session_id).state == "PROCLAMEE"


def test_the_sitting_is_opened_with_a_place_that_prints(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR])
    with pytest.raises(Refusals) as refusals:
        open_sitting(
            session=gc_part.session,
            held_on=timezone.localdate(),
            place="Paris\u2066",
            by=cast.cpnefp_president,
            at=timezone.now(),
        )
    assert list(refusals.value.sentences) == ["place"]
