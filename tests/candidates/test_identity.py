"""One person, several enrolments: nobody takes over somebody else's account, name or dates."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from candidates.imports.candidates import Preview, preview_of
from candidates.models import Candidate, Enrolment, Session, SessionPart
from candidates.services.enrolments import Identity, Line, enrol, update_enrolment, withdraw
from candidates.services.sessions import close_part
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.sheets.reading import read_sheet
from cqp.workflow import Refusal
from tests.candidates.pages import csv_of, listed
from tests.cast import Cast, make_line, open_session_of, part_of

ELSEWHERE = "déjà connue sous une autre adresse électronique : adressez-vous à l’Ucanss"


def someone(cast: Cast, part: SessionPart, **identity: Any) -> Line:
    line = make_line(cast, part.session.certification)
    return replace(line, identity=replace(line.identity, **identity))


def again(cast: Cast, part: SessionPart, known: Candidate, **changes: Any) -> Line:
    """The same person, enrolled once more."""
    identity = Identity(
        birth_name=known.birth_name,
        used_name=known.used_name,
        first_names=known.first_names,
        birth_date=known.birth_date,
        birth_place=known.birth_place,
        email=known.email,
    )
    line = make_line(cast, part.session.certification)
    return replace(line, identity=replace(identity, **changes))


def put(part: SessionPart, line: Line, by: Actor) -> Enrolment:
    return enrol(part=part, line=line, by=by, at=timezone.now())


def state_of(candidate: Candidate) -> dict[str, Any]:
    return dict(Candidate.objects.filter(pk=candidate.pk).values().get())


@pytest.fixture
def theirs(cast: Cast, gc_session: Session) -> Enrolment:
    """Somebody Lille enrolled."""
    part = part_of(gc_session, "CRFP-LIL")
    return put(part, someone(cast, part, birth_name="Delvaux", used_name="Secret"), cast.outsider)


@pytest.fixture
def later(cast: Cast) -> SessionPart:
    """Lyon's part of the next session."""
    return part_of(open_session_of("GC_2013", cast.ucanss, months_ahead=2))


# --- Enrolling somebody known already ---


def test_enrolling_takes_over_nobody_s_account(cast: Cast, theirs: Enrolment, later: SessionPart) -> None:
    before = state_of(theirs.candidate)
    with pytest.raises(Refusal, match=ELSEWHERE) as refused:
        put(later, again(cast, later, theirs.candidate, email="pirate@exemple.fr"), cast.clerk)
    assert "Secret".upper() not in refused.value.sentence
    assert state_of(theirs.candidate) == before
    assert not User.objects.filter(email="pirate@exemple.fr").exists()


def test_somebody_known_elsewhere_enrols_and_stays_as_known(
    cast: Cast, theirs: Enrolment, later: SessionPart
) -> None:
    before, known = state_of(theirs.candidate), theirs.candidate
    changes = {
        "email": known.email.upper(),
        "birth_name": known.birth_name.upper(),
        "birth_place": "LYON",
    }
    made = put(later, again(cast, later, known, **changes), cast.clerk)
    assert made.candidate_id == known.pk
    assert state_of(known) == before


def test_after_the_transmission_even_one_s_own_crfp_changes_no_identity(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], later: SessionPart
) -> None:
    known = gc_enrolments[0].candidate
    close_part(part=gc_part, by=cast.clerk, at=timezone.now())
    with pytest.raises(Refusal, match=ELSEWHERE):
        put(later, again(cast, later, known, email="neuve@exemple.fr"), cast.clerk)
    with pytest.raises(Refusal, match="autre nom d’usage"):
        put(later, again(cast, later, known, used_name="Autre"), cast.clerk)
    assert state_of(known)["used_name"] == ""


def test_the_ucanss_corrects_an_identity_that_serves_in_two_regions(
    cast: Cast, theirs: Enrolment, later: SessionPart
) -> None:
    known = theirs.candidate
    made = put(later, again(cast, later, known), cast.clerk)
    line = again(cast, later, known, used_name="Autre", email="neuve@exemple.fr")
    update_enrolment(enrolment=made, line=line, by=cast.ucanss, at=timezone.now())
    assert (state_of(known)["used_name"], state_of(known)["email"]) == ("Autre", "neuve@exemple.fr")


def test_a_crfp_corrects_its_own_people_and_the_journal_says_so(
    cast: Cast, gc_enrolments: list[Enrolment], later: SessionPart
) -> None:
    known = gc_enrolments[0].candidate
    made = put(later, again(cast, later, known, email="neuve@exemple.fr"), cast.clerk)
    assert state_of(known)["email"] == "neuve@exemple.fr"
    entry = Entry.objects.get(act=Act.ENROL, enrolment_ref=made.pk)
    assert {'"compte"', '"identite"'} <= set(entry.before.replace(":", ",").strip("{}").split(","))


# --- Correcting an enrolment ---


@pytest.mark.parametrize("change", [{"email": "pirate@exemple.fr"}, {"used_name": "Autre"}])
def test_an_identity_that_serves_elsewhere_is_not_corrected(
    change: dict[str, str], cast: Cast, theirs: Enrolment, later: SessionPart
) -> None:
    known = theirs.candidate
    mine = put(later, again(cast, later, known), cast.clerk)
    before = state_of(known)
    with pytest.raises(Refusal, match="servent aussi à une autre inscription"):
        update_enrolment(
            enrolment=mine, line=again(cast, later, known, **change), by=cast.clerk, at=timezone.now()
        )
    assert state_of(known) == before
    line = replace(again(cast, later, known), pass_followed=Enrolment.Pass.NO)
    done = update_enrolment(enrolment=mine, line=line, by=cast.clerk, at=timezone.now())
    assert done.pass_followed == Enrolment.Pass.NO


def test_an_identity_in_a_locked_part_is_not_corrected_from_another(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], later: SessionPart
) -> None:
    known = gc_enrolments[0].candidate
    mine = put(later, again(cast, later, known), cast.clerk)
    close_part(part=gc_part, by=cast.clerk, at=timezone.now())
    with pytest.raises(Refusal, match="servent aussi"):
        update_enrolment(
            enrolment=mine,
            line=again(cast, later, known, birth_name="Autre"),
            by=cast.clerk,
            at=timezone.now(),
        )


@pytest.mark.parametrize(
    "change",
    [{"email": "neuve@exemple.fr"}, {"birth_place": "LYON"}, {"first_names": "CAMILLE"}, {"used_name": "X"}],
)
def test_every_letter_of_an_identity_is_journaled(
    change: dict[str, str], cast: Cast, gc_enrolments: list[Enrolment]
) -> None:
    enrolment = gc_enrolments[0]
    line = again(cast, enrolment.part, enrolment.candidate, **change)
    update_enrolment(enrolment=enrolment, line=line, by=cast.clerk, at=timezone.now())
    entry = Entry.objects.get(act=Act.EDIT_ENROLMENT)
    assert '"identite"' in entry.before
    assert ('"compte"' in entry.after) == ("email" in change)


# --- What a refusal may say ---


def test_the_holder_of_an_address_is_named_to_his_or_her_own_crfp_only(
    cast: Cast, theirs: Enrolment, gc_part: SessionPart
) -> None:
    line = someone(cast, gc_part, email=theirs.candidate.email)
    with pytest.raises(Refusal, match="est déjà celle d’une autre personne") as refused:
        put(gc_part, line, cast.clerk)
    assert "SECRET" not in refused.value.sentence
    with pytest.raises(Refusal, match="est déjà celle de SECRET"):
        put(theirs.part, line, cast.outsider)


def test_a_twin_elsewhere_is_not_named(
    cast: Cast, theirs: Enrolment, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    line = again(cast, gc_part, theirs.candidate, email="nouvelle@exemple.fr", used_name="")
    with pytest.raises(Refusal) as refused:
        update_enrolment(enrolment=gc_enrolments[0], line=line, by=cast.clerk, at=timezone.now())
    assert refused.value.sentence == "Une autre personne porte déjà cette identité."


def test_somebody_another_crfp_enrolled_in_this_session_is_not_named(
    cast: Cast, theirs: Enrolment, gc_part: SessionPart
) -> None:
    with pytest.raises(Refusal, match="figure déjà dans cette session, dans un autre CRFP") as refused:
        put(gc_part, again(cast, gc_part, theirs.candidate), cast.clerk)
    assert "SECRET" not in refused.value.sentence


def preview(part: SessionPart, **line: str) -> Preview:
    return preview_of(read_sheet(csv_of([listed(1, **line)])).rows, part)


def test_a_homonym_elsewhere_is_told_without_birth(
    cast: Cast, theirs: Enrolment, gc_part: SessionPart
) -> None:
    known = theirs.candidate
    told = preview(gc_part, birth_name="DELVAUX", first_names=known.first_names)
    (warning,) = told.warnings
    assert warning.message.startswith("Une personne du même nom est connue dans un autre CRFP")
    assert str(known.birth_date.year) not in warning.message
    assert known.birth_place not in warning.message
    (own,) = preview(theirs.part, birth_name="DELVAUX", first_names=known.first_names).warnings
    assert f"{known.birth_date:%d/%m/%Y} à {known.birth_place}" in own.message


def test_a_list_says_beforehand_what_enrolling_would_refuse(
    cast: Cast, theirs: Enrolment, later: SessionPart
) -> None:
    known = theirs.candidate
    line = {
        "birth_name": known.birth_name,
        "first_names": known.first_names,
        "birth_date": f"{known.birth_date:%d/%m/%Y}",
        "birth_place": known.birth_place,
    }
    assert ELSEWHERE in preview(later, **line).problems[0].message
    assert len(preview(later, email=known.email, **line).lines) == 1


# --- The same person, spelled otherwise ---


@pytest.mark.parametrize("place", ["LYON", " lyon", "Lyôn"])
def test_another_spelling_of_the_birth_place_makes_nobody_new(
    place: str, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    line = again(cast, gc_part, gc_enrolments[0].candidate, birth_place=place)
    with pytest.raises(Refusal, match="est déjà inscrit à cette session"):
        put(gc_part, line, cast.clerk)
    known = gc_enrolments[0].candidate
    told = preview(
        gc_part,
        birth_name=known.birth_name,
        first_names=known.first_names,
        birth_date=f"{known.birth_date:%d/%m/%Y}",
        birth_place=place,
    )
    assert "est déjà inscrit" in told.problems[0].message


# --- Back after a withdrawal ---


def test_who_withdrew_comes_back_under_the_same_number(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    first = gc_enrolments[0]
    withdraw(enrolment=first, motive="Mutation", by=cast.clerk, at=timezone.now())
    line = replace(again(cast, gc_part, first.candidate), pass_followed=Enrolment.Pass.NO)
    back = put(gc_part, line, cast.clerk)
    assert (back.pk, back.number, back.state) == (first.pk, first.number, EnrolmentState.ENROLLED)
    assert (back.withdrawal_motive, back.pass_followed) == ("", Enrolment.Pass.NO)
    entry = Entry.objects.filter(act=Act.ENROL, enrolment_ref=first.pk).latest("pk")
    assert ('"etat":"DESISTE"' in entry.before, '"etat":"INSCRIT"' in entry.after) == (True, True)
    assert '"pass":"OUI"' in entry.before


def test_who_withdrew_comes_back_by_a_list_too_but_not_after_the_deadline(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    known = gc_enrolments[0].candidate
    withdraw(enrolment=gc_enrolments[0], motive="Mutation", by=cast.clerk, at=timezone.now())
    told = preview(
        gc_part,
        birth_name=known.birth_name,
        first_names=known.first_names,
        birth_date=f"{known.birth_date:%d/%m/%Y}",
        birth_place=known.birth_place,
        email=known.email,
    )
    assert (len(told.lines), told.problems) == (1, ())
    late = timezone.now() + timedelta(days=40)
    with pytest.raises(Refusal, match="Les inscriptions sont closes"):
        enrol(part=gc_part, line=told.lines[0][1], by=cast.clerk, at=late)


# --- Who may ---


@pytest.mark.parametrize("name", ["tutor", "juror", "organisme", "cpnefp_president"])
def test_only_a_crfp_enrols_corrects_and_withdraws(
    name: str, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    at, by, first = timezone.now(), getattr(cast, name), gc_enrolments[0]
    line = make_line(cast, gc_part.session.certification)
    for verb in (
        lambda: enrol(part=gc_part, line=line, by=by, at=at),
        lambda: update_enrolment(enrolment=first, line=line, by=by, at=at),
        lambda: withdraw(enrolment=first, motive="Mutation", by=by, at=at),
    ):
        with pytest.raises(Refusal, match="Votre rôle ne permet pas cet acte"):
            verb()


def test_a_crfp_acts_on_its_own_part_only(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    at, by, first = timezone.now(), cast.outsider, gc_enrolments[0]
    line = make_line(cast, gc_part.session.certification)
    for verb in (
        lambda: enrol(part=gc_part, line=line, by=by, at=at),
        lambda: update_enrolment(enrolment=first, line=line, by=by, at=at),
        lambda: withdraw(enrolment=first, motive="Mutation", by=by, at=at),
        lambda: close_part(part=gc_part, by=by, at=at),
    ):
        with pytest.raises(Refusal, match="n’est pas celle de votre CRFP"):
            verb()
