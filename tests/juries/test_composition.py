"""Who sits, in which quality, who is missing, who is called, who steps aside (R12, R56, A25, A26)."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import Person, update_enrolment
from cqp.accounts.actor import Actor
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import Mark, SeatRule, jury_rule_of
from juries.composition_rules import admissible_qualities
from juries.hearing_sheets import proposals_of
from juries.local_deliberation import deliberated
from juries.models import (
    Hearing,
    HearingNote,
    JurorMark,
    JurySeat,
    JurySubstitute,
    LocalJury,
    Opinion,
    Recusal,
)
from juries.reading import lines_of
from juries.rules import Refusals
from juries.services import composition, local, substitutes
from juries.services.entries import MarkEntry
from juries.services.hearing_sheets import propose_mark, take_notes
from juries.services.recusals import recuse
from tests.access.world import client_of
from tests.cast import Cast, make_line
from tests.juries.kits import brought, fill, taken
from tests.juries.scenes import composed_jury, hear, jury_blocks, new_jury, seat, seat_rules

pytestmark = pytest.mark.django_db


def entries(act: Act) -> int:
    return Entry.objects.filter(act=act).count()


def seat_of(jury: LocalJury, who: Actor) -> JurySeat:
    return jury.seats.select_related("rule", "jury__part").get(user=who.user)


def ready(cast: Cast, jury: LocalJury, rule: SeatRule, at: datetime, **changes: object) -> JurySubstitute:
    """Nadia Noël stands ready for a seat."""
    person = {"email": "nadia.noel@exemple.fr", "last_name": "Noël", "first_name": "Nadia"}
    return substitutes.name_substitute(
        jury=jury,
        rule=rule,
        by=cast.clerk,
        at=at,
        **(person | changes),  # type: ignore[arg-type]
    )


def step_aside(enrolment: Enrolment, by: Actor, at: datetime, motive: str = "Ancien collègue") -> Recusal:
    return recuse(hearing=Hearing.objects.get(enrolment=enrolment), motive=motive, by=by, at=at)


def hear_alone(enrolment: Enrolment, by: Actor, at: datetime) -> Opinion:
    hearing = Hearing.objects.get(enrolment=enrolment)
    return local.give_opinion(hearing=hearing, favourable=True, argument="", version=0, by=by, at=at)


# --- Qualities and letters ---


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        (
            "Représentant de la Branche",
            "CNAMTS, ou Agent de Direction de la régulation, ou un praticien conseil ou MCR",
            ["CNAMTS", "Agent de Direction de la régulation", "Praticien conseil", "MCR"],
        ),
        (
            "Représentant de l’UCANSS",
            "ou son délégataire",
            ["Représentant de l’UCANSS", "Délégataire"],
        ),
        ("Expert métier", "Manager de DAM", []),
        ("Professionnel", "Exerce ou encadre l’emploi auquel prépare l’option", []),
        ("Professionnel", "", []),
    ],
)
def test_the_admissible_qualities_are_read_in_the_regulation(
    label: str, text: str, expected: list[str]
) -> None:
    assert admissible_qualities(SeatRule(label=label, qualities=text)) == expected


def test_a_seat_keeps_the_quality_and_the_letter(cast: Cast, dam_part: SessionPart, now: datetime) -> None:
    jury = new_jury(cast, dam_part)
    user = cast.juror.user

    def named(quality: str) -> JurySeat:
        return composition.seat_juror(
            jury=jury,
            rule=seat_rules(jury)[0],
            email=user.email,
            last_name=user.last_name,
            first_name=user.first_name,
            is_president=False,
            quality=quality,
            letter="LR-12",
            lettered_on=date(2026, 3, 1),
            by=cast.clerk,
            at=now,
        )

    with pytest.raises(Refusal, match="n’est pas une qualité admise"):
        named("Voisin de palier")
    named("MCR")
    named("MCR")

    kept = jury.seats.get()
    assert (kept.quality, kept.letter, kept.lettered_on) == ("MCR", "LR-12", date(2026, 3, 1))
    assert Entry.objects.filter(act=Act.COMPOSE_JURY, after__contains="MCR").count() == 1


# --- Absence and substitutes ---


def test_an_absent_juror_leaves_an_empty_seat_and_records_nothing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    for enrolment in gc_enrolments:
        hear(cast, enrolment)
    missing = seat_of(jury, cast.juror)

    with pytest.raises(Refusal, match="motif de l’absence"):
        substitutes.note_absence(seat=missing, motive="  ", by=cast.clerk, at=now)
    substitutes.note_absence(seat=missing, motive="Grève", by=cast.clerk, at=now)
    before = entries(Act.COMPOSE_JURY)
    substitutes.note_absence(seat=missing, motive="Grève", by=cast.clerk, at=now)

    assert entries(Act.COMPOSE_JURY) == before
    with pytest.raises(Refusal, match="noté absent"):
        local.give_opinion(
            hearing=gc_enrolments[0].hearing, favourable=True, argument="", version=1, by=cast.juror, at=now
        )
    with pytest.raises(Refusal, match="Il manque"):
        local.close_jury(jury=jury, by=cast.jury_president, at=now)
    substitutes.note_presence(seat=missing, by=cast.clerk, at=now)
    assert local.close_jury(jury=jury, by=cast.jury_president, at=now).closed_at == now


def test_a_substitute_takes_the_seat_but_not_the_presidency(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    missing = seat_of(jury, cast.jury_president)
    substitute = ready(cast, jury, missing.rule, now)

    with pytest.raises(Refusal, match="notez d’abord son absence"):
        substitutes.call_substitute(substitute=substitute, by=cast.clerk, at=now)
    substitutes.note_absence(seat=missing, motive="Train supprimé", by=cast.clerk, at=now)
    substitutes.call_substitute(substitute=substitute, by=cast.clerk, at=now)
    before = entries(Act.COMPOSE_JURY)
    substitutes.call_substitute(substitute=substitute, by=cast.clerk, at=now)

    assert entries(Act.COMPOSE_JURY) == before
    taken = jury.seats.get(rule=missing.rule)
    assert (taken.user.last_name, taken.is_president, taken.absence) == ("Noël", False, None)
    assert Entry.objects.filter(reason="Train supprimé", after__contains="suppleant_appele").exists()
    for enrolment in gc_enrolments:
        hear(cast, enrolment)
    with pytest.raises(Refusal, match="n’a pas de présidence"):
        local.close_jury(jury=jury, by=cast.juror, at=now)
    composition.appoint_president(seat=seat_of(jury, cast.juror), by=cast.clerk, at=now)
    assert local.close_jury(jury=jury, by=cast.juror, at=now).closed_at == now


def test_a_substitute_is_named_once_and_can_be_taken_away(
    cast: Cast, gc_part: SessionPart, now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, [])
    rule = seat_rules(jury)[0]

    substitute = ready(cast, jury, rule, now)
    before = entries(Act.COMPOSE_JURY)
    assert ready(cast, jury, rule, now) == substitute
    assert entries(Act.COMPOSE_JURY) == before
    substitutes.remove_substitute(substitute=substitute, by=cast.clerk, at=now)
    substitutes.remove_substitute(substitute=substitute, by=cast.clerk, at=now)

    assert not jury.substitutes.exists()
    assert entries(Act.COMPOSE_JURY) == before + 1


def test_a_substitute_is_never_judge_and_party(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments[:1])
    rule = seat_rules(jury)[0]
    tutor = {"email": cast.tutor.user.email, "last_name": "Tissot", "first_name": "Thomas"}

    with pytest.raises(Refusal, match="est tuteur"):
        ready(cast, jury, rule, now, **tutor)
    with pytest.raises(Refusal, match="occupe déjà un siège"):
        ready(cast, jury, rule, now, email=cast.juror.user.email)
    other = new_jury(cast, gc_part, "Jury 2")
    ready(cast, other, rule, now, **tutor)
    with pytest.raises(Refusals, match="est tuteur"):
        composition.assign_candidates(jury=other, enrolments=gc_enrolments[1:], by=cast.clerk, at=now)


def test_a_substitute_who_became_party_is_not_called(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    missing = seat_of(jury, cast.juror)
    substitute = ready(cast, jury, missing.rule, now)
    user = substitute.user
    line = make_line(
        cast, gc_part.session.certification, tutor=Person(user.email, user.last_name, user.first_name)
    )
    update_enrolment(enrolment=gc_enrolments[0], line=line, by=cast.clerk, at=now)
    substitutes.note_absence(seat=missing, motive="Grève", by=cast.clerk, at=now)

    with pytest.raises(Refusal, match="est tuteur"):
        substitutes.call_substitute(substitute=substitute, by=cast.clerk, at=now)

    assert seat_of(jury, cast.juror).absence == "Grève"


def test_only_the_crfp_of_the_jury_says_who_is_missing(
    cast: Cast, gc_part: SessionPart, now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, [])
    taken = seat_of(jury, cast.juror)

    for actor in (cast.outsider, cast.juror):
        with pytest.raises(Refusal):
            substitutes.note_absence(seat=taken, motive="Grève", by=actor, at=now)


# --- Recusal ---


def test_a_recused_juror_no_longer_sees_nor_judges_the_candidate(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, dam_part, dam_enrolments)
    hearing = dam_enrolments[0].hearing

    with pytest.raises(Refusals, match="motif de la récusation"):
        step_aside(dam_enrolments[0], cast.juror, now, motive=" ")
    step_aside(dam_enrolments[0], cast.juror, now)
    step_aside(dam_enrolments[0], cast.juror, now, motive="Autre")

    assert Recusal.objects.get().motive == "Ancien collègue"
    assert entries(Act.RECUSE) == 1
    assert hearing not in Hearing.objects.visible_to(cast.juror)
    assert hearing in Hearing.objects.visible_to(cast.second_juror)
    with pytest.raises(Refusal, match="Vous êtes récusé"):
        local.give_opinion(hearing=hearing, favourable=True, argument="", version=0, by=cast.juror, at=now)
    with pytest.raises(Refusal, match="Vous êtes récusé"):
        local.record_hearing_mark(
            hearing=hearing,
            block=jury_blocks(dam_enrolments[0])[0],
            entry="12",
            version=0,
            by=cast.juror,
            at=now,
        )
    assert not Mark.objects.exists()


def test_a_recusal_comes_before_anything_is_recorded(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, dam_part, dam_enrolments)
    hear(cast, dam_enrolments[0])

    with pytest.raises(Refusal, match="se déclare avant"):
        step_aside(dam_enrolments[0], cast.juror, now)
    with pytest.raises(Refusal, match="Vous ne siégez pas"):
        step_aside(dam_enrolments[1], Actor(cast.tutor.user, cast.juror.role), now)
    assert not Recusal.objects.exists()


def test_a_hearing_without_enough_jurors_is_neither_opined_nor_closed(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    name = gc_enrolments[0].candidate.full_name
    step_aside(gc_enrolments[0], cast.juror, now)
    for enrolment in gc_enrolments[1:]:
        hear(cast, enrolment)

    with pytest.raises(Refusal, match="il manque 1 juré"):
        local.give_opinion(
            hearing=gc_enrolments[0].hearing,
            favourable=True,
            argument="",
            version=0,
            by=cast.jury_president,
            at=now,
        )
    with pytest.raises(Refusal, match=rf"{name} \(il manque 1 juré\)"):
        local.close_jury(jury=jury, by=cast.jury_president, at=now)

    other = new_jury(cast, gc_part, "Jury 2")
    composition.assign_candidates(jury=other, enrolments=gc_enrolments[:1], by=cast.clerk, at=now)
    assert local.close_jury(jury=jury, by=cast.jury_president, at=now).closed_at == now


def test_two_jurors_of_three_are_enough_and_one_is_not(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, dam_part, dam_enrolments[:2])
    assert jury_rule_of(dam_part.session.adoption.regulation).hearing_minimum == 2
    step_aside(dam_enrolments[0], cast.second_juror, now)
    step_aside(dam_enrolments[1], cast.second_juror, now)
    hear(cast, dam_enrolments[0])
    step_aside(dam_enrolments[1], cast.jury_president, now)

    with pytest.raises(Refusal, match="il manque 1 juré"):
        hear_alone(dam_enrolments[1], cast.juror, now)
    other = new_jury(cast, dam_part, "Jury 2")
    composition.assign_candidates(jury=other, enrolments=dam_enrolments[1:2], by=cast.clerk, at=now)

    assert not Recusal.objects.filter(hearing__enrolment=dam_enrolments[1]).exists()
    assert local.close_jury(jury=jury, by=cast.jury_president, at=now).closed_at == now


def test_a_recusal_is_not_washed_away_by_a_way_out_and_back(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    step_aside(gc_enrolments[0], cast.jury_president, now)
    name = gc_enrolments[0].candidate.full_name

    with pytest.raises(Refusal, match=rf"{name}.*des jurés ont déjà pris des notes, ou se sont récusés"):
        composition.unassign_candidate(hearing=gc_enrolments[0].hearing, by=cast.clerk, at=now)

    assert Recusal.objects.exists()
    assert not Hearing.objects.visible_to(cast.jury_president).filter(enrolment=gc_enrolments[0]).exists()


def test_what_a_juror_wrote_alone_keeps_the_candidate_before_a_jury(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    noted, proposed, emptied = (Hearing.objects.get(enrolment=one) for one in gc_enrolments)
    (oral,) = jury_blocks(gc_enrolments[0])
    take_notes(hearing=noted, text="Solide.", version=0, by=cast.juror, at=now)
    propose_mark(hearing=proposed, block=oral, entry="12", by=cast.juror, at=now)
    take_notes(hearing=emptied, text="Rien.", version=0, by=cast.juror, at=now)
    take_notes(hearing=emptied, text="", version=1, by=cast.juror, at=now)

    for hearing in (noted, proposed):
        with pytest.raises(Refusal, match="affectez-le à un autre jury") as refused:
            composition.unassign_candidate(hearing=hearing, by=cast.clerk, at=now)
        assert cast.juror.user.last_name.upper() not in refused.value.sentence.upper()
    composition.unassign_candidate(hearing=emptied, by=cast.clerk, at=now)
    assert Hearing.objects.count() == 2


def test_moved_a_candidate_leaves_behind_what_the_other_jury_wrote(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    other = new_jury(cast, gc_part, "Jury 2")
    seat(cast, other, seat_rules(other)[0], cast.juror)
    moved = Hearing.objects.get(enrolment=gc_enrolments[0])
    (oral,) = jury_blocks(gc_enrolments[0])
    left = seat_of(jury, cast.jury_president)
    for who, entry in ((cast.juror, "11,25"), (cast.jury_president, "14,75")):
        propose_mark(hearing=moved, block=oral, entry=entry, by=who, at=now)
        take_notes(hearing=moved, text="À réentendre.", version=0, by=who, at=now)
    step_aside(gc_enrolments[1], cast.juror, now)
    step_aside(gc_enrolments[2], cast.jury_president, now)

    composition.assign_candidates(jury=other, enrolments=gc_enrolments, by=cast.clerk, at=now)

    assert [one.user for one in JurorMark.objects.all()] == [cast.juror.user]
    assert [one.user for one in HearingNote.objects.all()] == [cast.juror.user]
    assert [one.user for one in Recusal.objects.all()] == [cast.juror.user]
    page = client_of(cast.juror).get(reverse("juries:hearing", args=[moved.pk])).content.decode()
    assert "14,75" not in page
    assert left.user.full_name not in page
    said = Entry.objects.filter(act=Act.ASSIGN_CANDIDATES, before__contains="recusations")
    assert [one.enrolment_ref for one in said] == [gc_enrolments[2].pk]


def test_a_juror_whose_seat_was_freed_shows_no_proposal_any_more(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    (oral,) = jury_blocks(gc_enrolments[0])
    hearing = Hearing.objects.get(enrolment=gc_enrolments[0])
    propose_mark(hearing=hearing, block=oral, entry="14,75", by=cast.juror, at=now)
    composition.remove_seat(seat=seat_of(jury, cast.juror), by=cast.clerk, at=now)
    (line,) = lines_of(Hearing.objects.filter(pk=hearing.pk))
    assert proposals_of(line) == []


@pytest.fixture
def lone(cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime) -> Hearing:
    """A hearing whose jury has its president left, everybody else noted absent."""
    jury = composed_jury(cast, gc_part, gc_enrolments)
    for missing in jury.seats.exclude(user=cast.jury_president.user).select_related("jury__part"):
        substitutes.note_absence(seat=missing, motive="Grève", by=cast.clerk, at=now)
    return Hearing.objects.get(enrolment=gc_enrolments[0])


def test_nobody_gives_alone_the_mark_of_a_jury(cast: Cast, lone: Hearing, now: datetime) -> None:
    (oral,) = jury_blocks(lone.enrolment)
    name = lone.enrolment.candidate.full_name
    with pytest.raises(Refusal, match=rf"{name} \(il manque 1 juré\)"):
        local.record_hearing_mark(
            hearing=lone, block=oral, entry="5", version=0, by=cast.jury_president, at=now
        )
    with pytest.raises(Refusal, match="il manque 1 juré"):
        local.record_hearing(
            hearing=lone, marks=[MarkEntry(oral, "5", 0)], opinion=None, by=cast.jury_president, at=now
        )
    assert not Mark.objects.exists()


def test_nobody_brings_alone_the_kit_of_a_jury(cast: Cast, lone: Hearing, now: datetime) -> None:
    rows = taken(lone.jury, cast.jury_president, now)
    fill(rows, lone.enrolment, oral="5", avis="Attribution")
    preview = brought(lone.jury, rows, cast.jury_president, now)
    (problem,) = preview.problems
    assert "il manque 1 juré" in problem.message
    assert preview.changes == []
    assert not Mark.objects.exists()


def test_one_alone_still_takes_notes(cast: Cast, lone: Hearing, now: datetime) -> None:
    note = take_notes(hearing=lone, text="Attend ses pairs.", version=0, by=cast.jury_president, at=now)
    assert note
    assert note.version == 1


def test_a_president_recused_reads_a_number_in_the_refusal(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, dam_part, dam_enrolments[:1])
    step_aside(dam_enrolments[0], cast.jury_president, now)

    with pytest.raises(Refusal) as refused:
        local.close_jury(jury=jury, by=cast.jury_president, at=now)

    assert dam_enrolments[0].candidate.full_name not in refused.value.sentence
    assert dam_enrolments[0].number[:5] in refused.value.sentence


# --- What the deliberation points out ---


@pytest.mark.parametrize(
    ("entry", "favourable", "remark"),
    [
        ("14", True, ""),
        ("4", True, "Avis favorable malgré : Épreuve orale 4/20, note éliminatoire."),
        ("ABS", True, "Avis favorable malgré : Épreuve orale ABS, note éliminatoire."),
        ("14", False, "Avis défavorable sans note éliminatoire du jury."),
        ("4", False, ""),
    ],
)
def test_an_opinion_is_compared_with_the_marks_of_the_jury_alone(
    entry: str,
    favourable: bool,
    remark: str,
    cast: Cast,
    gc_part: SessionPart,
    gc_enrolments: list[Enrolment],
) -> None:
    composed_jury(cast, gc_part, gc_enrolments[:1])
    (oral,) = jury_blocks(gc_enrolments[0])
    assert oral.threshold == Decimal(6)
    hear(
        cast,
        gc_enrolments[0],
        entry,
        favourable=favourable,
        argument="" if favourable else "Trop fragile à l’oral.",
    )

    (line,) = lines_of(Hearing.objects.all())

    assert " ".join(deliberated(line).remarks) == remark
    assert Opinion.objects.get().favourable is favourable


def test_what_another_page_removed_meanwhile_is_answered_in_a_sentence(
    cast: Cast, gc_part: SessionPart, now: datetime
) -> None:
    jury = new_jury(cast, gc_part)
    rule = seat_rules(jury)[0]
    gone = ready(cast, jury, rule, now)
    substitutes.remove_substitute(substitute=JurySubstitute.objects.get(pk=gone.pk), by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="n’est plus désigné"):
        substitutes.call_substitute(substitute=gone, by=cast.clerk, at=now)

    freed = seat(cast, jury, rule, cast.juror)
    composition.remove_seat(seat=seat_of(jury, cast.juror), by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="a été libéré"):
        substitutes.note_absence(seat=freed, motive="Grève", by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="a été libéré"):
        composition.appoint_president(seat=freed, by=cast.clerk, at=now)

    composition.remove_jury(jury=LocalJury.objects.get(pk=jury.pk), by=cast.clerk, at=now)
    composition.remove_jury(jury=jury, by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="a été supprimé"):
        composition.update_jury(
            jury=jury, name="Jury 9", meets_on=now.date(), place="Lyon", by=cast.clerk, at=now
        )


def test_a_seat_already_taken_by_a_substitute_called_is_the_same_seat(
    cast: Cast, gc_part: SessionPart, now: datetime
) -> None:
    jury = new_jury(cast, gc_part)
    rule = seat_rules(jury)[0]
    substitute = ready(cast, jury, rule, now)

    substitutes.call_substitute(substitute=substitute, by=cast.clerk, at=now)

    with pytest.raises(Refusal, match="libérez-le d’abord"):
        seat(cast, jury, rule, cast.juror)
