"""No statement takes the place of a frozen row, whatever it is called, nor empties its table."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from evaluations.models import Block, Mark
from juries.services.local import close_jury
from juries.services.national import adopt_clear_files, decide, proclaim
from juries.services.recusals import recuse
from juries.services.sittings import extract_file, give_points, step_aside
from juries.services.transmission import transmit_part
from juries.sitting import Ballot
from juries.states import Outcome
from tests.cast import Cast, enrol_some, open_session_of, part_of
from tests.journey import submit_sheets, to_deliberation
from tests.juries.national_scenes import sit
from tests.juries.rectification_scenes import SPOILT, proclaimed_three, proposed, rectified
from tests.juries.scenes import composed_jury, hear, mark_the_rest
from tests.sittings import with_points

pytestmark = pytest.mark.django_db

Changes = Mapping[str, Any]
NOBODY = 0
"""The id of no enrolment, of no jury…: a row that hangs on it is not frozen by what it hangs on."""

UNSIGNED: dict[str, Any] = {"state": "SAISIE", "submitted_at": None, "submitted_by_id": None}

OF_A_PROCLAMATION: Mapping[str, Changes] = {
    "candidates_session": {"state": "OUVERTE", "code": "AUTRE"},
    "candidates_enrolment": {"session_id": NOBODY, "number": "AUTRE"},
    "evaluations_adoption": {"session_id": NOBODY},
    "evaluations_mark": {"enrolment_id": NOBODY},
    "evaluations_jurypoints": {"enrolment_id": NOBODY},
    "evaluations_blocksheet": UNSIGNED | {"part_id": NOBODY},
    "juries_localjury": {"part_id": NOBODY},
    "juries_juryseat": {"jury_id": NOBODY},
    "juries_hearing": {"enrolment_id": NOBODY},
    "juries_recusal": {"hearing_id": NOBODY},
    "juries_opinion": {"hearing_id": NOBODY},
    "juries_sitting": {"session_id": NOBODY},
    "juries_sittingmember": {"sitting_id": NOBODY},
    "juries_memberrecusal": {"enrolment_id": NOBODY},
    "juries_extraction": {"enrolment_id": NOBODY},
    "juries_decision": {"enrolment_id": NOBODY},
    "juries_collegevote": {"decision_id": NOBODY},
}
OF_A_CARNET: Mapping[str, Changes] = {
    "evaluations_masteryattestation": {"enrolment_id": NOBODY},
    "evaluations_blocjudgement": {"enrolment_id": NOBODY},
    "evaluations_competencejudgement": {"judgement_id": NOBODY},
}
OF_A_REGULATION: Mapping[str, Changes] = {
    "evaluations_regulation": {"state": "PROJET", "code": "AUTRE", "published_at": None},
    "evaluations_block": {"regulation_id": NOBODY},
    "evaluations_seatrule": {"regulation_id": NOBODY},
    "evaluations_bloccompetence": {"regulation_id": NOBODY},
    "evaluations_competence": {"bloc_id": NOBODY},
    "evaluations_criterion": {"competence_id": NOBODY},
    "evaluations_blocrule": {"regulation_id": NOBODY},
    "evaluations_observationline": {"block_id": NOBODY},
    "evaluations_juryrule": {"regulation_id": NOBODY},
    "evaluations_hearingpart": {"regulation_id": NOBODY},
}
NEVER_EMPTIED = [
    *OF_A_PROCLAMATION,
    *OF_A_CARNET,
    *OF_A_REGULATION,
    *("evaluations_operation", "evaluations_keptbloc", "evaluations_observation"),
    *("juries_localminutes", "juries_juryreopening", "juries_summons", "juries_rectification"),
    *("juries_proclamation", "juries_proclaimedfile", "juries_certificate", "juries_bloccertificate"),
    *("awards_stationery", "awards_duplicate", "awards_message", "awards_flux", "awards_passage"),
]


# By a unique key of their own, and an id that nobody has.
BY_KEY: Mapping[str, Changes] = {
    "candidates_session": {"state": "OUVERTE"},
    "candidates_enrolment": {"session_id": NOBODY},
    "evaluations_adoption": {"regulation_id": NOBODY},
    "evaluations_regulation": {"state": "PROJET", "published_at": None},
    "evaluations_blocksheet": UNSIGNED,
}
NEW = 900_001


def run(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall()) if cursor.description else []


def rows(table: str) -> list[tuple[Any, ...]]:
    return run(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608


def copy(verb: str, table: str, source: int, **changes: Any) -> None:
    """The row `source` written again with these changes, by a hand that knows SQL."""
    with connection.cursor() as cursor:
        columns = [one.name for one in connection.introspection.get_table_description(cursor, table)]
    values = ", ".join("%s" if column in changes else column for column in columns)
    given = [changes[column] for column in columns if column in changes]
    sql = f"{verb} INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE id = %s"  # noqa: S608
    run(sql, *given, source)


def survives(table: str, act: Callable[[], object]) -> bool:
    """Whether a trigger of ours refuses the act, and the rows are after it what they were."""
    before = rows(table)
    try:
        act()
    except DatabaseError as error:
        # A constraint would prove nothing of the triggers.
        return "constraint failed" not in str(error) and rows(table) == before
    return False


def written_over(table: str, changes: Changes) -> list[str]:
    """The statements of SQLite that took the place of the first row of the table."""
    kept = run(f"SELECT min(id) FROM {table}")[0][0]  # noqa: S608
    passed = []
    with transaction.atomic():
        if not survives(table, lambda: copy("INSERT OR REPLACE", table, kept, **changes)):
            passed.append(f"INSERT OR REPLACE {table}")
        transaction.set_rollback(True)
    with transaction.atomic():
        copy("INSERT", table, kept, id=NEW, **changes)
        over = f"UPDATE OR REPLACE {table} SET id = %s WHERE id = %s"  # noqa: S608
        if not survives(table, lambda: run(over, kept, NEW)):
            passed.append(f"UPDATE OR REPLACE {table}")
        transaction.set_rollback(True)
    return passed


def all_written_over(tables: Mapping[str, Changes]) -> list[str]:
    return [said for table, changes in tables.items() for said in written_over(table, changes)]


@pytest.fixture
def proclaimed(cast: Cast) -> Session:
    """One candidate whose file has everything that a jury and the CPNEFP may say of it."""
    version = with_points(cast, "DAM_2006", points_max="2").version
    session = open_session_of("DAM_2006", cast.ucanss, version=version)
    part, now = part_of(session), timezone.now()
    (enrolment,) = enrol_some(cast, part, 1)
    jury = composed_jury(cast, part, [enrolment])
    recuse(hearing=jury.hearings.get(), motive="Ancienne collègue.", by=cast.second_juror, at=now)
    mark_the_rest(cast, enrolment)
    hear(cast, enrolment)
    close_jury(jury=jury, by=cast.jury_president, at=now)
    submit_sheets(cast, part)
    transmit_part(part=part, by=cast.clerk, at=now)
    sit(cast, session)
    extract_file(enrolment=enrolment, by=cast.cpnefp, at=now)
    step_aside(enrolment=enrolment, motive="Un proche.", by=cast.cpnefp, at=now)
    tests = Block.objects.get(regulation__adoptions__session=session, code="CC")
    president = cast.cpnefp_president
    give_points(enrolment=enrolment, block=tests, points=Decimal(1), motive="Sujet.", by=president, at=now)
    decide(
        enrolment=enrolment,
        outcome=Outcome.CERTIFIED,
        motive="Parcours exemplaire.",
        by=president,
        at=timezone.now(),
        ballots=[Ballot("EMPLOYEURS", 1, 0, 0), Ballot("SALARIES", 1, 0, 0)],
    )
    proclaim(session=session, by=president, at=now)
    return session


@pytest.mark.sqlite
def test_no_row_takes_the_place_of_what_was_proclaimed(proclaimed: Session) -> None:
    assert all_written_over(OF_A_PROCLAMATION) == []


@pytest.mark.sqlite
def test_no_row_takes_the_place_of_a_line_of_a_carnet_proclaimed(
    cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment]
) -> None:
    to_deliberation(cast, blocs_part, blocs_enrolments)
    adopt_clear_files(session=blocs_part.session, by=cast.cpnefp_president, at=timezone.now())
    proclaim(session=blocs_part.session, by=cast.cpnefp_president, at=timezone.now())
    assert all_written_over(OF_A_CARNET) == []


@pytest.mark.sqlite
def test_no_row_takes_the_place_of_a_published_rule(reference: None) -> None:
    assert all_written_over(OF_A_REGULATION) == []


@pytest.mark.sqlite
@pytest.mark.parametrize("table", BY_KEY)
def test_no_row_takes_the_key_of_a_frozen_one(proclaimed: Session, table: str) -> None:
    kept = run(f"SELECT min(id) FROM {table}")[0][0]  # noqa: S608
    assert survives(table, lambda: copy("INSERT OR REPLACE", table, kept, id=NEW, **BY_KEY[table]))


@pytest.mark.sqlite
def test_no_pending_rectification_takes_the_place_of_a_decided_one(cast: Cast, gc_part: SessionPart) -> None:
    certified = proclaimed_three(cast, gc_part)[0]
    done = rectified(cast, certified, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    pending = proposed(cast, certified)
    for change in (f"rank = {done.rank}", f"id = {done.pk}"):
        over = f"UPDATE OR REPLACE juries_rectification SET {change} WHERE id = {pending.pk}"  # noqa: S608
        assert survives("juries_rectification", partial(run, over))


@pytest.mark.sqlite
def test_no_mark_takes_the_place_of_a_transmitted_one(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    for enrolment in gc_enrolments:
        mark_the_rest(cast, enrolment)
    submit_sheets(cast, gc_part)
    mark, other = Mark.objects.filter(block__code="ECRIT").order_by("pk")[:2]
    table, over = "evaluations_mark", "UPDATE OR REPLACE evaluations_mark SET enrolment_id = %s WHERE id = %s"
    assert survives(table, lambda: copy("INSERT OR REPLACE", table, mark.pk, id=NEW, value="3"))
    assert survives(table, lambda: copy("INSERT OR REPLACE", table, mark.pk, enrolment_id=NOBODY))
    assert survives(table, lambda: run(over, mark.enrolment_id, other.pk))


def test_nobody_joins_a_jury_or_a_sitting_once_proclaimed(proclaimed: Session) -> None:
    for table in ("juries_juryseat", "juries_localjury", "juries_sitting"):
        kept = run(f"SELECT min(id) FROM {table}")[0][0]  # noqa: S608
        with pytest.raises(DatabaseError, match="La session est proclamée"), transaction.atomic():
            copy("INSERT", table, kept, id=NEW)


@pytest.mark.postgres
@pytest.mark.parametrize("table", NEVER_EMPTIED)
def test_a_frozen_table_is_not_emptied(reference: None, table: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        run(f"TRUNCATE {table} CASCADE")
