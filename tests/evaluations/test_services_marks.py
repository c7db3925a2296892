"""Recording a mark: what is written, what is refused, what two people do at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from candidates.models import Enrolment
from candidates.services.enrolments import withdraw
from candidates.services.sessions import close_part
from cqp.accounts.actor import Actor
from cqp.journal.models import Entry as JournalEntry
from cqp.workflow import Conflict, Refusal
from evaluations.models import Block, Mark
from evaluations.services.marks import MarkConflict, record_mark, record_sheet, write_mark
from tests.cast import Cast


def block(code: str, regulation: str = "GC_2013") -> Block:
    return Block.objects.get(code=code, regulation__code=regulation, regulation__version=1)


@pytest.fixture
def marker(cast: Cast, now):
    """`marker(enrolment, "ECRIT", "12,5")` records a mark as the clerk; keywords change the rest."""

    def mark(enrolment: Enrolment, code: str, entry: str, *, version: int = 0, attempt: int = 1, **changes):
        regulation = changes.pop("regulation", enrolment.session.adoption.regulation.code)
        values = {"by": cast.clerk, "at": now} | changes
        return record_mark(
            enrolment=enrolment,
            block=block(code, regulation),
            attempt=attempt,
            entry=entry,
            version=version,
            **values,
        )

    return mark


def journal_of(enrolment: Enrolment) -> list[JournalEntry]:
    return list(JournalEntry.objects.filter(enrolment_ref=enrolment.pk, act="note.saisir").order_by("seq"))


def test_a_mark_is_stored_exactly_with_its_author_and_journaled(marker, gc_enrolments, cast, now):
    mark = marker(gc_enrolments[0], "ECRIT", " 12,5 ")
    stored = Mark.objects.get(enrolment=gc_enrolments[0])
    assert (stored.value, stored.outcome, stored.version) == (Decimal("12.50"), "NOTE", 1)
    assert (stored.recorded_by, stored.recorded_at, stored.scale) == (cast.clerk.user, now, Decimal(20))
    assert mark.entry == "12,5"
    (entry,) = journal_of(gc_enrolments[0])
    assert entry.chain.key == gc_enrolments[0].session.code
    assert (entry.subject, entry.before, entry.after) == ("ECRIT", "{}", '{"note":"12,5","version":1}')


@pytest.mark.parametrize(
    ("typed", "outcome"), [("ABS", "ABS"), ("abj", "ABJ"), (" Abs ", "ABS")], ids=["abs", "abj", "spaces"]
)
def test_an_absence_is_a_value(marker, gc_enrolments, typed, outcome):
    assert marker(gc_enrolments[0], "ECRIT", typed).outcome == outcome


@pytest.mark.parametrize("typed", ["20,01", "-1", "12,345", "1e1", "NaN", "douze", "12 5"])
def test_what_is_no_mark_is_refused_in_a_sentence_and_nothing_is_written(marker, gc_enrolments, typed):
    with pytest.raises(Refusal, match=r"\.$"):
        marker(gc_enrolments[0], "ECRIT", typed)
    assert not Mark.objects.exists()
    assert not journal_of(gc_enrolments[0])


def test_a_changed_mark_journals_what_it_was(marker, gc_enrolments):
    marker(gc_enrolments[0], "ECRIT", "12,5")
    assert marker(gc_enrolments[0], "ECRIT", "13", version=1).version == 2
    entry = journal_of(gc_enrolments[0])[-1]
    assert (entry.before, entry.after) == ('{"note":"12,5"}', '{"note":"13","version":2}')


def test_an_erased_mark_is_missing_and_keeps_its_history(marker, gc_enrolments):
    marker(gc_enrolments[0], "ECRIT", "12,5")
    assert marker(gc_enrolments[0], "ECRIT", "", version=1).outcome == Mark.Outcome.NONE
    assert [entry.after for entry in journal_of(gc_enrolments[0])][-1] == '{"note":"","version":2}'


def test_erasing_what_was_never_there_writes_nothing(marker, gc_enrolments):
    assert marker(gc_enrolments[0], "ECRIT", "").version == 0
    assert not Mark.objects.exists()


def test_a_double_submit_writes_once(marker, gc_enrolments):
    first = marker(gc_enrolments[0], "ECRIT", "12,5")
    second = marker(gc_enrolments[0], "ECRIT", "12.50")
    assert (first.pk, second.version) == (second.pk, 1)
    assert len(journal_of(gc_enrolments[0])) == 1


def test_a_stale_version_is_a_conflict_naming_value_author_and_hour(marker, gc_enrolments, now):
    marker(gc_enrolments[0], "ECRIT", "12,5")
    with pytest.raises(
        Conflict, match=r"MARCHAND Claire a saisi 12,5 le \d\d/\d\d/\d{4} à \d+\u00a0h"
    ) as raised:
        marker(gc_enrolments[0], "ECRIT", "14")
    assert isinstance(raised.value, MarkConflict)
    assert raised.value.stored.version == 1
    assert Mark.objects.get().value == Decimal("12.5")


def test_an_erased_mark_conflicts_too(marker, gc_enrolments):
    marker(gc_enrolments[0], "ECRIT", "12,5")
    marker(gc_enrolments[0], "ECRIT", "", version=1)
    with pytest.raises(Conflict, match="a effacé cette note"):
        marker(gc_enrolments[0], "ECRIT", "14", version=1)


@pytest.mark.parametrize(
    ("who", "code", "sentence"),
    [
        ("clerk", "ORAL", "saisie par le jury local"),
        ("outsider", "ECRIT", "un autre CRFP"),
        ("tutor", "ECRIT", "le rôle .*Tuteur"),
        ("manager", "APT", "le rôle .*Manager"),
        ("juror", "ORAL", "depuis l’audition du candidat"),
        ("ucanss", "ECRIT", "Votre rôle"),
        ("organisme", "CC_OPT", "Votre rôle"),
    ],
)
def test_each_role_records_its_own_blocks_only(marker, gc_enrolments, cast, who, code, sentence):
    with pytest.raises(Refusal, match=sentence):
        marker(gc_enrolments[0], code, "12", by=getattr(cast, who))


def test_the_tutor_marks_the_applications(marker, gc_enrolments, cast):
    assert marker(gc_enrolments[0], "APT", "15", by=cast.tutor).recorded_by == cast.tutor.user


def test_the_juries_write_the_oral_and_a_role_without_the_act_writes_nothing(gc_enrolments, cast, now):
    values = {"enrolment": gc_enrolments[0], "attempt": 1, "entry": "11", "version": 0, "at": now}
    with pytest.raises(Refusal, match="n’est pas saisie"):
        write_mark(block=block("ECRIT"), by=cast.juror, **values)
    with pytest.raises(Refusal, match="Votre rôle"):
        write_mark(block=block("ORAL"), by=cast.cpnefp, **values)
    assert write_mark(block=block("ORAL"), by=cast.juror, **values).recorded_by == cast.juror.user


def test_a_sheet_is_refused_as_a_whole_to_a_role_that_records_nothing(cast, now):
    with pytest.raises(Refusal, match="Votre rôle"):
        record_sheet(entries=[], by=cast.ucanss, at=now)


def test_the_manager_marks_the_carnet_of_their_own_people(marker, dam_enrolments, cast, now):
    with pytest.raises(Refusal, match="ligne par ligne"):
        marker(dam_enrolments[0], "CARNET", "80", by=cast.manager)
    other = Actor(cast.outsider.user, cast.manager.role, cast.manager.organisme)
    with pytest.raises(Refusal, match="autre manager"):
        marker(dam_enrolments[0], "CARNET", "80", by=other)
    assert marker(dam_enrolments[0], "CARNET", "80", by=cast.clerk).value == Decimal(80)


def test_a_block_of_another_regulation_is_refused(marker, gc_enrolments):
    with pytest.raises(Refusal, match="n’appartient pas au règlement"):
        marker(gc_enrolments[0], "CC", "12", regulation="DAM_2006")


@pytest.mark.parametrize(
    "first", ["12", "30", "ABJ", ""], ids=["at the threshold", "passed", "excused", "missing"]
)
def test_the_retake_is_refused_unless_the_first_mark_is_eliminatory(marker, dam_enrolments, first):
    marker(dam_enrolments[0], "CC", first)
    with pytest.raises(Refusal, match="première note"):
        marker(dam_enrolments[0], "CC", "15", attempt=2)


@pytest.mark.parametrize("first", ["11,99", "ABS"])
def test_the_retake_is_open_after_an_eliminatory_first_mark(marker, dam_enrolments, first):
    marker(dam_enrolments[0], "CC", first)
    assert marker(dam_enrolments[0], "CC", "15", attempt=2).attempt == 2
    assert journal_of(dam_enrolments[0])[-1].subject == "CC (rattrapage)"


def test_nothing_else_can_be_taken_again(marker, gc_enrolments):
    marker(gc_enrolments[0], "ECRIT", "3")
    with pytest.raises(Refusal, match="ne prévoit pas de rattrapage"):
        marker(gc_enrolments[0], "ECRIT", "15", attempt=2)


def test_a_retake_that_lost_its_reason_stays_and_may_be_erased(marker, dam_enrolments):
    marker(dam_enrolments[0], "CC", "8")
    marker(dam_enrolments[0], "CC", "15", attempt=2)
    marker(dam_enrolments[0], "CC", "18", version=1)
    assert Mark.objects.get(attempt=2).value == Decimal(15)
    assert marker(dam_enrolments[0], "CC", "", attempt=2, version=1).outcome == Mark.Outcome.NONE


def test_marks_are_locked_once_the_part_is_transmitted(marker, gc_enrolments, gc_part, cast, now):
    close_part(part=gc_part, by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="transmis"):
        marker(gc_enrolments[0], "ECRIT", "12")


def test_marks_are_locked_once_the_candidate_has_withdrawn(marker, gc_enrolments, cast, now):
    withdraw(enrolment=gc_enrolments[0], motive="Mutation", by=cast.clerk, at=now + timedelta(seconds=1))
    with pytest.raises(Refusal, match="désisté"):
        marker(gc_enrolments[0], "ECRIT", "12")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_people_saving_the_same_cell_at_once_write_it_once_and_one_is_told(cast, gc_enrolments, now):
    def save(entry: str) -> str:
        try:
            with transaction.atomic():
                record_mark(
                    enrolment=gc_enrolments[0],
                    block=block("ECRIT"),
                    attempt=1,
                    entry=entry,
                    version=0,
                    by=cast.clerk,
                    at=now,
                )
        except MarkConflict:
            return "conflict"
        finally:
            connection.close()
        return "saved"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, ["12", "14"])) == ["conflict", "saved"]
    assert Mark.objects.get().version == 1
    assert len(journal_of(gc_enrolments[0])) == 1
