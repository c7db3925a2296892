"""The verbs of the local jury: composition, R56, marks, opinion, closing."""

from datetime import datetime

import pytest

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import Person, update_enrolment, withdraw
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.journal.models import Entry
from cqp.roles import Act, Role
from cqp.workflow import Conflict, Refusal
from evaluations.models import Mark
from juries.models import Hearing, JurySeat, LocalJury, Opinion
from juries.rules import Refusals
from juries.services import composition, local
from juries.states import JuryState
from tests.cast import Cast, enrol_some, make_line
from tests.juries.scenes import closed_jury, composed_jury, hear, jury_blocks, new_jury, seat, seat_rules

pytestmark = pytest.mark.django_db


def entries(act: Act) -> int:
    return Entry.objects.filter(act=act).count()


def opine(hearing: Hearing, by: Actor, at: datetime, favourable: bool = True, **changes: object) -> Opinion:
    values = {"argument": "", "version": 0} | changes
    return local.give_opinion(hearing=hearing, favourable=favourable, by=by, at=at, **values)  # type: ignore[arg-type]


# --- Composition ---


def test_the_same_jury_sent_twice_is_made_once(cast: Cast, gc_part: SessionPart) -> None:
    first, second = new_jury(cast, gc_part), new_jury(cast, gc_part)

    assert first == second
    assert entries(Act.COMPOSE_JURY) == 1


def test_two_juries_of_a_part_do_not_share_a_name(cast: Cast, gc_part: SessionPart, now: datetime) -> None:
    jury = new_jury(cast, gc_part)

    with pytest.raises(Refusal, match="Jury 1"):
        composition.create_jury(
            part=gc_part, name="jury 1", meets_on=jury.meets_on, place="Paris", by=cast.clerk, at=now
        )


def test_a_jury_can_be_moved_to_another_day(cast: Cast, gc_part: SessionPart, now: datetime) -> None:
    jury = new_jury(cast, gc_part)

    moved = composition.update_jury(
        jury=jury, name="Jury A", meets_on=jury.meets_on, place="Bron", by=cast.clerk, at=now
    )

    assert (moved.name, moved.place) == ("Jury A", "Bron")
    assert entries(Act.COMPOSE_JURY) == 2


def test_a_jury_disappears_only_when_it_hears_nobody(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    busy, idle = composed_jury(cast, gc_part, gc_enrolments), new_jury(cast, gc_part, "Jury 2")

    with pytest.raises(Refusal, match="retirez-les d’abord"):
        composition.remove_jury(jury=busy, by=cast.clerk, at=now)
    before = entries(Act.COMPOSE_JURY)
    same = LocalJury.objects.get(pk=idle.pk)
    composition.remove_jury(jury=idle, by=cast.clerk, at=now)
    composition.remove_jury(jury=same, by=cast.clerk, at=now)

    assert list(LocalJury.objects.all()) == [busy]
    assert entries(Act.COMPOSE_JURY) == before + 1


def test_seating_somebody_unknown_makes_the_account(cast: Cast, gc_part: SessionPart, now: datetime) -> None:
    jury = new_jury(cast, gc_part)

    seated = composition.seat_juror(
        jury=jury,
        rule=seat_rules(jury)[0],
        email="Nouvelle@exemple.fr",
        last_name="Noël",
        first_name="Nadia",
        is_president=True,
        by=cast.clerk,
        at=now,
    )

    assert seated.is_president
    assert seated.user.memberships.get().role == Role.JUROR
    assert seated.user.memberships.get().organisme == gc_part.crfp


def test_a_juror_known_elsewhere_gets_no_second_membership(cast: Cast, gc_part: SessionPart) -> None:
    jury = new_jury(cast, gc_part)

    seat(cast, jury, seat_rules(jury)[0], cast.juror)
    seat(cast, jury, seat_rules(jury)[0], cast.juror)

    assert jury.seats.count() == 1
    assert cast.juror.user.memberships.count() == 1


def test_a_taken_seat_is_freed_before_it_is_given(cast: Cast, gc_part: SessionPart, now: datetime) -> None:
    jury = new_jury(cast, gc_part)
    rule = seat_rules(jury)[0]
    taken = seat(cast, jury, rule, cast.juror)

    with pytest.raises(Refusal, match=r"JOLY Jeanne\s: libérez-le"):
        seat(cast, jury, rule, cast.second_juror)

    composition.remove_seat(seat=taken, by=cast.clerk, at=now)
    composition.remove_seat(seat=taken, by=cast.clerk, at=now)
    assert seat(cast, jury, rule, cast.second_juror).user == cast.second_juror.user


def test_nobody_takes_two_seats_of_a_jury(cast: Cast, gc_part: SessionPart) -> None:
    jury = new_jury(cast, gc_part)
    first, second = seat_rules(jury)
    seat(cast, jury, first, cast.juror)

    with pytest.raises(Refusal, match="déjà un autre siège"):
        seat(cast, jury, second, cast.juror)


def test_a_seat_of_another_regulation_is_refused(
    cast: Cast, gc_part: SessionPart, dam_part: SessionPart
) -> None:
    foreign = seat_rules(new_jury(cast, dam_part))[0]

    with pytest.raises(Refusal, match="règlement de la session"):
        seat(cast, new_jury(cast, gc_part), foreign, cast.juror)


def test_a_jury_has_one_president_at_a_time(cast: Cast, gc_part: SessionPart, now: datetime) -> None:
    jury = new_jury(cast, gc_part)
    first, second = seat_rules(jury)
    seat(cast, jury, first, cast.juror, is_president=True)
    other = seat(cast, jury, second, cast.second_juror, is_president=True)

    assert [s.user for s in jury.seats.filter(is_president=True)] == [cast.second_juror.user]
    before = entries(Act.COMPOSE_JURY)
    composition.appoint_president(seat=other, by=cast.clerk, at=now)
    assert entries(Act.COMPOSE_JURY) == before


# --- R56: nobody is judge and party ---


@pytest.mark.parametrize(("who", "word"), [("tutor", "tuteur"), ("manager", "manager")])
def test_a_tutor_or_a_manager_cannot_judge_the_candidate(
    who: str, word: str, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    party: Actor = getattr(cast, who)
    jury = new_jury(cast, gc_part)
    seated = seat(cast, jury, seat_rules(jury)[0], party)

    with pytest.raises(Refusals) as refused:
        composition.assign_candidates(jury=jury, enrolments=gc_enrolments, by=cast.clerk, at=now)

    assert len(refused.value.sentences) == 3
    assert all(word in sentence for sentence in refused.value.sentences.values())
    assert not jury.hearings.exists()
    composition.remove_seat(seat=seated, by=cast.clerk, at=now)
    composition.assign_candidates(jury=jury, enrolments=gc_enrolments, by=cast.clerk, at=now)
    with pytest.raises(Refusal, match=word):
        seat(cast, jury, seat_rules(jury)[0], party)


def test_the_corrector_of_the_written_test_cannot_judge(
    cast: Cast, gc_part: SessionPart, now: datetime
) -> None:
    corrected = enrol_some(cast, gc_part, 1, corrector=_person(cast.juror.user))
    jury = new_jury(cast, gc_part)
    seat(cast, jury, seat_rules(jury)[0], cast.juror)

    with pytest.raises(Refusals, match="a corrigé"):
        composition.assign_candidates(jury=jury, enrolments=corrected, by=cast.clerk, at=now)


def test_a_candidate_does_not_judge_himself(cast: Cast, gc_part: SessionPart, now: datetime) -> None:
    (enrolment,) = enrol_some(cast, gc_part, 1)
    jury = new_jury(cast, gc_part)
    user = enrolment.candidate.user
    assert user is not None
    seat(cast, jury, seat_rules(jury)[0], Actor(user, Role.JUROR))

    with pytest.raises(Refusals, match="juge et partie"):
        composition.assign_candidates(jury=jury, enrolments=[enrolment], by=cast.clerk, at=now)


def test_a_juror_who_becomes_the_tutor_is_recused_at_once(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    for enrolment in gc_enrolments:
        hear(cast, enrolment)
    party = gc_enrolments[0]
    line = make_line(cast, gc_part.session.certification, tutor=_person(cast.juror.user))
    update_enrolment(enrolment=party, line=line, by=cast.clerk, at=now)
    hearing = Hearing.objects.get(enrolment=party)

    assert not Hearing.objects.visible_to(cast.juror).filter(pk=hearing.pk).exists()
    assert Hearing.objects.visible_to(cast.jury_president).filter(pk=hearing.pk).exists()
    with pytest.raises(Refusal, match="juge et partie"):
        opine(hearing, cast.juror, now, favourable=False, argument="Dossier fragile, à revoir.", version=1)
    with pytest.raises(Refusal, match="JOLY Jeanne est tuteur"):
        local.close_jury(jury=jury, by=cast.jury_president, at=now)


# --- Assignment ---


def test_assigning_twice_changes_nothing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)

    composition.assign_candidates(jury=jury, enrolments=gc_enrolments, by=cast.clerk, at=now)

    assert jury.hearings.count() == 3
    assert entries(Act.ASSIGN_CANDIDATES) == 3


def test_a_candidate_moves_from_a_jury_that_has_not_judged(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    other = new_jury(cast, gc_part, "Jury 2")

    composition.assign_candidates(jury=other, enrolments=gc_enrolments[:1], by=cast.clerk, at=now)

    assert gc_enrolments[0].hearing.jury == other


def test_a_judged_candidate_stays_and_nobody_else_moves(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    hear(cast, gc_enrolments[0])
    other = new_jury(cast, gc_part, "Jury 2")

    with pytest.raises(Refusals, match="déjà enregistré") as refused:
        composition.assign_candidates(jury=other, enrolments=gc_enrolments, by=cast.clerk, at=now)

    assert list(refused.value.sentences) == [str(gc_enrolments[0].pk)]
    assert jury.hearings.count() == 3
    with pytest.raises(Refusal, match="déjà enregistré"):
        composition.unassign_candidate(hearing=gc_enrolments[0].hearing, by=cast.clerk, at=now)


def test_a_candidate_of_another_part_or_withdrawn_is_refused_by_name(
    cast: Cast,
    gc_part: SessionPart,
    dam_enrolments: list[Enrolment],
    gc_enrolments: list[Enrolment],
    now: datetime,
) -> None:
    gone = withdraw(enrolment=gc_enrolments[0], motive="Départ", by=cast.clerk, at=now)

    with pytest.raises(Refusals) as refused:
        composition.assign_candidates(
            jury=new_jury(cast, gc_part), enrolments=[gone, dam_enrolments[0]], by=cast.clerk, at=now
        )

    assert "désisté" in refused.value.sentences[str(gone.pk)]
    assert dam_enrolments[0].candidate.full_name in refused.value.sentences[str(dam_enrolments[0].pk)]


def test_a_candidate_can_be_taken_away_and_twice_changes_nothing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    hearing = gc_enrolments[0].hearing

    composition.unassign_candidate(hearing=hearing, by=cast.clerk, at=now)
    composition.unassign_candidate(hearing=hearing, by=cast.clerk, at=now)

    assert jury.hearings.count() == 2
    assert entries(Act.ASSIGN_CANDIDATES) == 4


# --- Marks and opinions ---


def test_a_hearing_records_every_mark_of_the_jury_and_the_opinion(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment]
) -> None:
    composed_jury(cast, dam_part, dam_enrolments)

    hear(cast, dam_enrolments[0], "21,5", favourable=False, argument="Mémoire hors sujet.")

    assert {mark.block.code: mark.entry for mark in dam_enrolments[0].marks.all()} == {
        "MEMOIRE": "21,5",
        "ORAL": "21,5",
    }
    assert not dam_enrolments[0].hearing.opinion.favourable


def test_one_refused_field_records_nothing_and_names_each(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, dam_part, dam_enrolments)
    memoire, oral = jury_blocks(dam_enrolments[0])

    with pytest.raises(Refusals) as refused:
        local.record_hearing(
            hearing=dam_enrolments[0].hearing,
            marks=[local.MarkEntry(memoire, "12", 0), local.MarkEntry(oral, "31", 0)],
            opinion=local.OpinionEntry(False, "  ", 0),
            by=cast.juror,
            at=now,
        )

    assert set(refused.value.sentences) == {"ORAL", "opinion"}
    assert not Mark.objects.exists()
    assert not Opinion.objects.exists()
    assert entries(Act.RECORD_MARK) == 0


def test_a_mark_alone_can_be_recorded_and_the_opinion_later(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    (oral,) = jury_blocks(gc_enrolments[0])
    hearing = gc_enrolments[0].hearing

    local.record_hearing(
        hearing=hearing, marks=[local.MarkEntry(oral, "14", 0)], opinion=None, by=cast.juror, at=now
    )
    local.record_hearing(
        hearing=hearing,
        marks=[local.MarkEntry(oral, "", 0)],
        opinion=local.OpinionEntry(True, "", 0),
        by=cast.jury_president,
        at=now,
    )

    assert Mark.objects.get().entry == "14"
    assert Opinion.objects.get().favourable


def test_the_same_opinion_twice_is_one_entry(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    hearing = gc_enrolments[0].hearing

    opine(hearing, cast.juror, now)
    opine(hearing, cast.jury_president, now)

    assert Opinion.objects.get().version == 1
    assert entries(Act.GIVE_OPINION) == 1


def test_two_jurors_who_disagree_meet_a_conflict(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    hearing = gc_enrolments[0].hearing
    opine(hearing, cast.juror, now)

    with pytest.raises(Conflict, match="JOLY Jeanne"):
        opine(hearing, cast.jury_president, now, favourable=False, argument="Dossier trop fragile.")

    opine(
        hearing,
        cast.jury_president,
        now,
        favourable=False,
        argument="Dossier trop fragile.",
        version=1,
    )
    assert Opinion.objects.get().argument == "Dossier trop fragile."


def test_only_a_seated_juror_judges(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    hearing = gc_enrolments[0].hearing

    with pytest.raises(Refusal, match="Vous ne siégez pas"):
        opine(hearing, cast.second_juror, now)
    with pytest.raises(Refusal, match="Votre rôle"):
        opine(hearing, cast.clerk, now)


def test_the_jury_gives_no_other_mark_than_its_own(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    written = gc_part.session.adoption.regulation.blocks.get(code="ECRIT")

    with pytest.raises(Refusal, match="n’est pas noté par le jury local"):
        local.record_hearing_mark(
            hearing=gc_enrolments[0].hearing, block=written, entry="12", version=0, by=cast.juror, at=now
        )


# --- Closing ---


def test_only_the_president_closes(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)

    with pytest.raises(Refusal, match="PERRIN Paule"):
        local.close_jury(jury=jury, by=cast.juror, at=now)


def test_closing_names_who_is_not_settled_and_what_is_owed(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    hear(cast, gc_enrolments[0])

    with pytest.raises(Refusal) as refused:
        local.close_jury(jury=jury, by=cast.jury_president, at=now)

    assert gc_enrolments[0].candidate.full_name not in refused.value.sentence
    assert "Épreuve orale, avis pour" in refused.value.sentence
    for enrolment in gc_enrolments[1:]:
        assert enrolment.candidate.full_name in refused.value.sentence


def test_an_incomplete_jury_does_not_close(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    for enrolment in gc_enrolments:
        hear(cast, enrolment)
    composition.remove_seat(seat=JurySeat.objects.get(user=cast.juror.user), by=cast.clerk, at=now)

    with pytest.raises(Refusal, match=r"Il manque\s: Professionnel du métier"):
        local.close_jury(jury=jury, by=cast.jury_president, at=now)


def test_a_jury_without_candidate_does_not_close(cast: Cast, gc_part: SessionPart, now: datetime) -> None:
    with pytest.raises(Refusal, match="Aucun candidat"):
        local.close_jury(jury=composed_jury(cast, gc_part, []), by=cast.jury_president, at=now)


def test_a_justified_absence_needs_no_opinion_and_a_withdrawn_candidate_nothing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    excused, gone, heard = gc_enrolments
    (oral,) = jury_blocks(excused)
    mark = local.MarkEntry(oral, "ABJ", 0)
    local.record_hearing(hearing=excused.hearing, marks=[mark], opinion=None, by=cast.juror, at=now)
    withdraw(enrolment=gone, motive="Départ", by=cast.clerk, at=now)
    hear(cast, heard)

    assert local.close_jury(jury=jury, by=cast.jury_president, at=now).state == JuryState.CLOSED


def test_closing_freezes_marks_opinions_and_composition(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = closed_jury(cast, gc_part, gc_enrolments)
    hearing = gc_enrolments[0].hearing
    (oral,) = jury_blocks(gc_enrolments[0])

    with pytest.raises(Refusal, match="est clos depuis"):
        local.record_hearing_mark(hearing=hearing, block=oral, entry="2", version=1, by=cast.juror, at=now)
    with pytest.raises(Refusal, match="est clos depuis"):
        opine(hearing, cast.juror, now, version=1, favourable=False, argument="Dossier fragile, à revoir.")
    with pytest.raises(Refusal, match="est clos depuis"):
        composition.remove_seat(seat=jury.seats.all()[0], by=cast.clerk, at=now)
    other = new_jury(cast, gc_part, "Jury 2")
    with pytest.raises(Refusals, match="est clos"):
        composition.assign_candidates(jury=other, enrolments=gc_enrolments, by=cast.clerk, at=now)


def test_closing_twice_is_closing_once(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = closed_jury(cast, gc_part, gc_enrolments)

    local.close_jury(jury=jury, by=cast.jury_president, at=now)

    assert entries(Act.CLOSE_JURY) == 1


def _person(user: User) -> Person:
    return Person(user.email, user.last_name, user.first_name)
