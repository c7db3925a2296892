"""A carnet in points: the manager fills its lines, and their total is the mark (R9)."""

import pytest
from django.utils import timezone

from candidates.services.sessions import close_part
from cqp.journal.models import Entry
from cqp.roles import Role
from cqp.workflow import Refusal
from evaluations.models import Block, Mark, Observation
from evaluations.observed import LineEntry
from evaluations.services.marks import record_mark
from evaluations.services.observations import record_observations
from tests.access.world import another
from tests.cast import part_of


@pytest.fixture
def enrolment(dam_enrolments):
    return dam_enrolments[0]


@pytest.fixture
def block(enrolment):
    return Block.objects.get(regulation__adoptions__session=enrolment.session_id, code="CARNET")


def fill(cast, enrolment, block, *points, version=0, comment="", by=None):
    lines = list(block.lines.all())
    entries = [LineEntry(line, typed, comment, version) for line, typed in zip(lines, points, strict=False)]
    return record_observations(
        enrolment=enrolment, block=block, entries=entries, by=by or cast.manager, at=timezone.now()
    )


def type_whole(cast, enrolment, block, by):
    return record_mark(
        enrolment=enrolment, block=block, attempt=1, entry="50", version=0, by=by, at=timezone.now()
    )


def test_the_total_is_the_mark_while_every_line_is_there(cast, enrolment, block):
    assert fill(cast, enrolment, block, "16", "15,5", "12", "18").mark is None
    assert not Mark.objects.exists()
    done = fill(cast, enrolment, block, "16", "15,5", "12", "18", "20")
    assert (done.refusals, done.mark.entry, done.mark.recorded_by) == ({}, "81,5", cast.manager.user)
    fill(cast, enrolment, block, "", version=1)
    assert Observation.objects.count() == 4
    assert not Mark.objects.exclude(outcome=Mark.Outcome.NONE).exists()


def test_the_same_lines_sent_twice_are_written_once(cast, enrolment, block):
    fill(cast, enrolment, block, "16", "15", "12", "18", "20", comment="Visite du 3.")
    count = Entry.objects.count()
    again = fill(cast, enrolment, block, "16", "15", "12", "18", "20", comment="Visite du 3.")
    assert (again.refusals, again.mark.entry) == ({}, "81")
    assert Entry.objects.count() == count


@pytest.mark.parametrize(
    ("typed", "comment", "sentence"),
    [
        ("21", "", "hors barème"),
        ("douze", "", "n’est pas une note"),
        ("ABS", "", "une absence se dit au CRFP"),
        ("", "Bien.", "un commentaire seul n’est pas gardé"),
    ],
)
def test_a_line_refused_keeps_no_other_from_being_kept(cast, enrolment, block, typed, comment, sentence):
    first, second = block.lines.all()[:2]
    entries = [LineEntry(first, typed, comment, 0), LineEntry(second, "12", "", 0)]
    done = record_observations(
        enrolment=enrolment, block=block, entries=entries, by=cast.manager, at=timezone.now()
    )
    assert list(done.refusals) == [first.pk]
    assert sentence in done.refusals[first.pk]
    assert Observation.objects.get().line == second


def test_what_changed_meanwhile_is_not_overwritten(cast, enrolment, block):
    fill(cast, enrolment, block, "16")
    (refusal,) = fill(cast, enrolment, block, "12").refusals.values()
    assert "MERCIER Maud a saisi 16 le" in refusal
    assert fill(cast, enrolment, block, "12", version=1).refusals == {}


def test_lines_and_a_mark_typed_whole_exclude_each_other(cast, enrolment, dam_enrolments, block):
    with pytest.raises(Refusal, match="ligne par ligne"):
        type_whole(cast, enrolment, block, cast.manager)
    fill(cast, enrolment, block, "16")
    with pytest.raises(Refusal, match="ligne par ligne"):
        type_whole(cast, enrolment, block, cast.clerk)
    type_whole(cast, dam_enrolments[1], block, cast.clerk)
    with pytest.raises(Refusal, match="reçu sur papier"):
        fill(cast, dam_enrolments[1], block, "16")


def test_only_their_own_manager_fills_the_lines_until_the_part_leaves(cast, enrolment, block):
    with pytest.raises(Refusal, match="n’est pas saisie par le rôle"):
        fill(cast, enrolment, block, "16", by=cast.tutor)
    with pytest.raises(Refusal, match="autre manager"):
        fill(cast, enrolment, block, "16", by=another("manager", Role.MANAGER, "CPAM-LYO"))
    close_part(part=part_of(enrolment.session), by=cast.clerk, at=timezone.now())
    with pytest.raises(Refusal, match="transmis"):
        fill(cast, enrolment, block, "16")
    assert not Observation.objects.exists()
