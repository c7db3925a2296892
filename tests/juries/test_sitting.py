"""The sitting of the CPNEFP: who has a voice, when it may decide, how it votes, what it adds."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from cqp.workflow import Refusal
from evaluations.models import Block, JuryPoints, JuryRule
from evaluations.reading import result_of
from evaluations.scoring import PointsResult
from juries.deliberation import file_of, summaries_of
from juries.models import CollegeVote, Decision, Extraction, MemberRecusal, Proclamation, SittingMember
from juries.rules import Refusals
from juries.services import sittings
from juries.services.national import adopt_clear_files, decide, proclaim
from juries.sitting import Ballot, Presence, Roll, hidden_from, roll_of
from juries.states import Outcome
from tests.cast import Cast, open_session_of, part_of
from tests.juries.national_scenes import CLEAR, FAILED, INDULGENT, Story, decide_as, play, sit
from tests.sittings import attend, with_points

PRESENT, ABSENT, REPRESENTED = "PRESENT", "ABSENT", "REPRESENTE"


def member(roll: Roll, actor: Actor) -> SittingMember:
    found = roll.member_of(actor)
    assert found is not None
    return found


def called(
    cast: Cast, part: SessionPart, changes: Mapping[Actor, Presence] | None = None, **offices: Actor | None
) -> Roll:
    """The roll called with everybody present but for these."""
    roll = roll_of(part.session)
    said = {member(roll, actor).pk: presence for actor, presence in (changes or {}).items()}
    chosen: dict[str, Actor | None] = {
        "president": cast.cpnefp_president,
        "vice_president": cast.cpnefp_salaries,
    }
    chosen |= offices
    return sittings.call_roll(
        session=part.session,
        presences={one.pk: said.get(one.pk, Presence(PRESENT)) for one in roll.members},
        **{name: member(roll, actor).pk if actor else None for name, actor in chosen.items()},
        by=cast.cpnefp_president,
        at=timezone.now(),
    )


@pytest.fixture
def enrolment(cast: Cast, gc_part: SessionPart) -> Enrolment:
    """One clear file before a sitting with everybody."""
    (found,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    return found


def certify(enrolment: Enrolment, by: Actor, *ballots: Ballot) -> Decision:
    outcome: Any = Outcome.CERTIFIED
    return decide(enrolment=enrolment, outcome=outcome, motive="", by=by, at=timezone.now(), ballots=ballots)


# --- Presence and quorum ---


def test_a_sitting_convenes_the_whole_cpnefp_and_who_opens_it_presides(
    cast: Cast, enrolment: Enrolment
) -> None:
    roll = roll_of(enrolment.session)

    assert {one.user for one in roll.members} == {
        actor.user for actor in (cast.cpnefp, cast.cpnefp_salaries, cast.cpnefp_president)
    }
    assert roll.president == member(roll, cast.cpnefp_president)
    assert roll.gaps == []


def test_without_a_college_nothing_is_decided_nor_proclaimed(
    cast: Cast, gc_part: SessionPart, enrolment: Enrolment
) -> None:
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    attend(gc_part.session, cast.cpnefp_president, cast.cpnefp_salaries)

    sentence = "Il manque.*0 voix au collège salariés, il en faut 1"
    with pytest.raises(Refusal, match=sentence):
        proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())
    with pytest.raises(Refusal, match=sentence):
        decide_as(cast, enrolment, Outcome.NOT_CERTIFIED, "Un motif")
    with pytest.raises(Refusal, match=sentence):
        adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    assert not Proclamation.objects.exists()

    attend(gc_part.session, cast.cpnefp_president)
    assert proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())


def test_an_absent_member_decides_nothing(cast: Cast, gc_part: SessionPart, enrolment: Enrolment) -> None:
    called(cast, gc_part, {cast.cpnefp: Presence(ABSENT)})

    with pytest.raises(Refusal, match="pas noté présent"):
        certify(enrolment, cast.cpnefp)
    with pytest.raises(Refusal, match="pas noté présent"):
        sittings.extract_file(enrolment=enrolment, by=cast.cpnefp, at=timezone.now())


def test_the_quorum_is_the_regulations(cast: Cast) -> None:
    version = with_points(cast, college_quorum=2).version
    session = open_session_of("GC_2013", cast.ucanss, version=version)
    (enrolment,) = play(cast, part_of(session), [CLEAR])
    sit(cast, session)

    with pytest.raises(Refusal, match="1 voix au collège salariés, il en faut 2"):
        certify(enrolment, cast.cpnefp)


def test_who_is_represented_has_a_voice_through_a_present_member_of_the_same_college(
    cast: Cast, gc_part: SessionPart, enrolment: Enrolment
) -> None:
    roll = roll_of(gc_part.session)
    president = member(roll, cast.cpnefp_president)

    roll = called(cast, gc_part, {cast.cpnefp: Presence(REPRESENTED, president.pk)})

    assert roll.voices("EMPLOYEURS") == 2
    assert roll.voices("EMPLOYEURS", {president.pk}) == 0
    other = member(roll, cast.cpnefp_salaries)
    for proxy, sentence in (
        (Presence(REPRESENTED, other.pk), "du même collège"),
        (Presence(REPRESENTED, None), "donne-t-il pouvoir"),
        (Presence(REPRESENTED, member(roll, cast.cpnefp).pk), "à un membre présent"),
    ):
        with pytest.raises(Refusals, match=sentence) as refusals:
            called(cast, gc_part, {cast.cpnefp: proxy})
        assert list(refusals.value.sentences) == [f"membre-{member(roll, cast.cpnefp).pk}"]


def test_presidency_and_vice_presidency_are_of_opposite_colleges_and_present(
    cast: Cast, gc_part: SessionPart, enrolment: Enrolment
) -> None:
    with pytest.raises(Refusals, match="collèges opposés"):
        called(cast, gc_part, vice_president=cast.cpnefp)
    with pytest.raises(Refusals, match="il faut sa présence"):
        called(cast, gc_part, {cast.cpnefp_president: Presence(ABSENT)})
    called(cast, gc_part, vice_president=None)
    with pytest.raises(Refusal, match=r"Il manque.*la vice-présidence"):
        certify(enrolment, cast.cpnefp)


def test_only_who_presides_proclaims(cast: Cast, gc_part: SessionPart, enrolment: Enrolment) -> None:
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    called(cast, gc_part, president=cast.cpnefp)

    with pytest.raises(Refusal, match="Seule la présidence de la séance peut proclamer"):
        proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())


def test_the_list_called_twice_changes_nothing_and_a_stranger_to_it_is_refused(
    cast: Cast, gc_part: SessionPart, enrolment: Enrolment
) -> None:
    first = called(cast, gc_part)
    assert called(cast, gc_part).members == first.members
    with pytest.raises(Refusal, match="La liste des membres a changé"):
        sittings.call_roll(
            session=gc_part.session,
            presences={0: Presence(PRESENT)},
            president=None,
            vice_president=None,
            by=cast.cpnefp_president,
            at=timezone.now(),
        )


# --- Votes ---


def test_a_vote_counts_every_voice_and_carries_the_decision(cast: Cast, enrolment: Enrolment) -> None:
    employers = Ballot("EMPLOYEURS", 2, 0, 0)
    decision = certify(enrolment, cast.cpnefp, employers, Ballot("SALARIES", 0, 1, 0))

    assert list(decision.votes.values_list("college", "in_favour", "against")) == [
        ("EMPLOYEURS", 2, 0),
        ("SALARIES", 0, 1),
    ]
    again = certify(enrolment, cast.cpnefp_president, Ballot("SALARIES", 0, 1, 0), employers)
    assert again.decided_by == cast.cpnefp.user  # the same decision, whatever the order: nothing changed


@pytest.mark.parametrize(
    ("ballots", "sentence"),
    [
        ([Ballot("EMPLOYEURS", 2, 0, 0)], "des deux collèges"),
        ([Ballot("EMPLOYEURS", 3, 0, 0), Ballot("SALARIES", 1, 0, 0)], "a 2 voix pour ce dossier.*3 sont"),
        ([Ballot("EMPLOYEURS", 1, 0, 0), Ballot("SALARIES", 1, 0, 0)], "a 2 voix pour ce dossier.*1 sont"),
        ([Ballot("EMPLOYEURS", 1, 1, 0), Ballot("SALARIES", 0, 1, 0)], "pas la majorité"),
        ([Ballot("EMPLOYEURS", 1, 0, 1), Ballot("SALARIES", 0, 0, 1)], "pas la majorité"),
        ([Ballot("EMPLOYEURS", 1, 1, 0, "COLIN"), Ballot("SALARIES", 1, 0, 0)], "le vote reste secret"),
    ],
)
def test_votes_that_do_not_add_up_or_carry_nothing_are_refused(
    cast: Cast, enrolment: Enrolment, ballots: list[Ballot], sentence: str
) -> None:
    with pytest.raises(Refusals, match=sentence) as refusals:
        certify(enrolment, cast.cpnefp, *ballots)
    assert list(refusals.value.sentences) == ["ballots"]
    assert not Decision.objects.exists()
    assert not CollegeVote.objects.exists()


def test_the_majority_and_the_names_are_the_regulations(cast: Cast) -> None:
    rule: dict[str, Any] = {"majority": JuryRule.Majority.CAST, "names_against": True, "casting_vote": True}
    version = with_points(cast, **rule).version
    session = open_session_of("GC_2013", cast.ucanss, version=version)
    (enrolment,) = play(cast, part_of(session), [CLEAR])
    sit(cast, session)

    with pytest.raises(Refusal, match="le nom de qui vote contre"):
        certify(enrolment, cast.cpnefp, Ballot("EMPLOYEURS", 2, 0, 0), Ballot("SALARIES", 0, 1, 0))
    # One for, nobody against, two abstain: a majority of the voices cast.
    certify(enrolment, cast.cpnefp, Ballot("EMPLOYEURS", 1, 0, 1), Ballot("SALARIES", 0, 0, 1))
    # As many for as against: the presidency's side wins.
    tie = [Ballot("EMPLOYEURS", 1, 0, 1), Ballot("SALARIES", 0, 1, 0, "CARON Cyril")]
    assert certify(enrolment, cast.cpnefp, *tie).votes.count() == 2


# --- Stepping aside ---


def test_who_steps_aside_sees_a_number_and_has_no_voice(
    cast: Cast, gc_part: SessionPart, enrolment: Enrolment
) -> None:
    made = sittings.step_aside(
        enrolment=enrolment, motive="Ancien collègue", by=cast.cpnefp, at=timezone.now()
    )
    again = sittings.step_aside(enrolment=enrolment, motive="Autre", by=cast.cpnefp, at=timezone.now())

    assert (again.pk, MemberRecusal.objects.get().motive) == (made.pk, "Ancien collègue")
    assert hidden_from(gc_part.session, cast.cpnefp) == {enrolment.pk}
    assert hidden_from(gc_part.session, cast.cpnefp_president) == frozenset()
    with pytest.raises(Refusal, match="Vous êtes récusé"):
        certify(enrolment, cast.cpnefp)
    with pytest.raises(Refusal, match="a 1 voix pour ce dossier"):
        certify(enrolment, cast.cpnefp_president, Ballot("EMPLOYEURS", 2, 0, 0), Ballot("SALARIES", 1, 0, 0))
    assert adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now()) == 0


def test_a_college_without_a_voice_left_cannot_decide_of_a_file(cast: Cast, enrolment: Enrolment) -> None:
    sittings.step_aside(enrolment=enrolment, motive="Parent", by=cast.cpnefp_salaries, at=timezone.now())

    with pytest.raises(Refusal, match="Le collège salariés n’a plus de voix"):
        certify(enrolment, cast.cpnefp)


def test_a_recusal_has_its_motive_and_comes_before_ones_own_decision(
    cast: Cast, enrolment: Enrolment
) -> None:
    with pytest.raises(Refusals, match="Indiquez le motif"):
        sittings.step_aside(enrolment=enrolment, motive=" ", by=cast.cpnefp, at=timezone.now())
    certify(enrolment, cast.cpnefp)
    with pytest.raises(Refusals, match="Vous avez enregistré la décision"):
        sittings.step_aside(enrolment=enrolment, motive="Trop tard", by=cast.cpnefp, at=timezone.now())


# --- The agenda ---


def test_an_extracted_file_is_examined_by_itself_until_put_back(
    cast: Cast, gc_part: SessionPart, enrolment: Enrolment
) -> None:
    first = sittings.extract_file(enrolment=enrolment, by=cast.cpnefp_salaries, at=timezone.now())
    second = sittings.extract_file(enrolment=enrolment, by=cast.cpnefp, at=timezone.now())

    assert first == second
    (file,) = summaries_of(gc_part.session)
    assert [alert.label for alert in file.alerts] == ["Extrait par un membre"]
    assert adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now()) == 0

    sittings.put_back_file(enrolment=enrolment, by=cast.cpnefp, at=timezone.now())
    sittings.put_back_file(enrolment=enrolment, by=cast.cpnefp, at=timezone.now())
    assert adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now()) == 1
    with pytest.raises(Refusal, match="une décision est prise"):
        sittings.extract_file(enrolment=enrolment, by=cast.cpnefp, at=timezone.now())


# --- Points of the jury ---


@pytest.fixture
def pointed(cast: Cast) -> Enrolment:
    """A file one half point under a threshold, before a jury that may add one point."""
    session = open_session_of("GC_2013", cast.ucanss, version=with_points(cast).version)
    (found,) = play(cast, part_of(session), [INDULGENT])
    sit(cast, session)
    return found


def give(enrolment: Enrolment, by: Actor, points: str | None, motive: str = "Écrit interrompu") -> Any:
    written = Block.objects.get(regulation__adoptions__session=enrolment.session, code="ECRIT")
    return sittings.give_points(
        enrolment=enrolment,
        block=written,
        points=None if points is None else Decimal(points),
        motive=motive,
        by=by,
        at=timezone.now(),
    )


def test_points_stand_beside_the_mark_and_thresholds_are_read_again(cast: Cast, pointed: Enrolment) -> None:
    before = result_of(pointed)
    assert isinstance(before, PointsResult)
    assert (before.verdict, before.eliminatory) == ("NON_CERTIFIABLE", ("ECRIT",))

    give(pointed, cast.cpnefp, "0.5")

    after = result_of(pointed)
    assert isinstance(after, PointsResult)
    line = after.lines[2].to_data()
    assert (line["mark"], line["jury_points"], line["counted"]) == ("6", "0.5", "6.5")
    assert before.total is not None
    assert (after.verdict, after.total) == ("CERTIFIABLE", before.total + Decimal("1.5"))
    assert pointed.marks.get(block__code="ECRIT", attempt=1).value == 6

    assert give(pointed, cast.cpnefp_president, "0.5").given_by == cast.cpnefp.user
    give(pointed, cast.cpnefp, None)
    give(pointed, cast.cpnefp, None)
    assert result_of(pointed) == before
    assert not JuryPoints.objects.exists()


@pytest.mark.parametrize(
    ("points", "motive", "field", "sentence"),
    [
        ("1.5", "Motif", "points", "permet 1 point de jury au plus"),
        ("-0.5", "Motif", "points", "permet 1 point"),
        ("0.5", " ", "motive", "Indiquez pourquoi"),
    ],
)
def test_points_are_bounded_and_argued(
    cast: Cast, pointed: Enrolment, points: str, motive: str, field: str, sentence: str
) -> None:
    with pytest.raises(Refusals, match=sentence) as refusals:
        give(pointed, cast.cpnefp, points, motive)
    assert list(refusals.value.sentences) == [field]
    assert not JuryPoints.objects.exists()


def test_a_regulation_that_says_nothing_gives_no_points(cast: Cast, enrolment: Enrolment) -> None:
    with pytest.raises(Refusals, match="ne prévoit pas de points de jury"):
        give(enrolment, cast.cpnefp, "0.5")


def test_points_go_to_no_absence_and_not_above_the_scale(cast: Cast) -> None:
    session = open_session_of("GC_2013", cast.ucanss, version=with_points(cast).version)
    absent, top = play(cast, part_of(session), [Story({"ECRIT": "ABS"}), Story({"ECRIT": "19,75"})])
    sit(cast, session)

    with pytest.raises(Refusals, match="pas à une absence"):
        give(absent, cast.cpnefp, "0.5")
    with pytest.raises(Refusals, match="se note sur 20"):
        give(top, cast.cpnefp, "0.5")
    give(top, cast.cpnefp, "0.25")


def test_a_decision_taken_before_the_points_is_taken_again(cast: Cast, pointed: Enrolment) -> None:
    decide_as(cast, pointed, Outcome.NOT_CERTIFIED)
    give(pointed, cast.cpnefp, "0.5")

    with pytest.raises(Refusal, match="ont changé depuis la décision"):
        proclaim(session=pointed.session, by=cast.cpnefp_president, at=timezone.now())
    decide_as(cast, pointed, Outcome.CERTIFIED)
    proclaim(session=pointed.session, by=cast.cpnefp_president, at=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        JuryPoints.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        SittingMember.objects.update(presence=ABSENT)


# --- The file in discussion ---


def test_a_file_is_called_then_another_then_none(cast: Cast, gc_part: SessionPart) -> None:
    one, two = play(cast, gc_part, [CLEAR, FAILED])
    sit(cast, gc_part.session)
    values: dict[str, Any] = {"session": gc_part.session, "by": cast.cpnefp_president}
    for called_file in (one, one, two, None):
        floor = sittings.call_file(**values, enrolment=called_file, at=timezone.now())
        assert floor.enrolment_id == (called_file.pk if called_file else None)
    assert not Extraction.objects.exists()
    assert file_of(two).alerts


def test_a_confirmed_unusual_mark_keeps_a_file_from_the_clear_ones(
    cast: Cast, gc_part: SessionPart, enrolment: Enrolment
) -> None:
    assert not file_of(enrolment).alerts
    enrolment.marks.filter(block__code="CC_TC").update(unusual="LOIN")

    (summary,) = summaries_of(gc_part.session)
    assert [alert.label for alert in summary.alerts] == ["Note inhabituelle, confirmée"]
    assert file_of(enrolment).alerts == summary.alerts
