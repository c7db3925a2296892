"""The preparation of a sitting: the agenda on paper and in a sheet, a number where one may not judge."""

import io
from collections.abc import Sequence
from typing import Any

import pypdf
import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from candidates.models import Enrolment, Session, SessionPart
from cqp.templatetags.fr import groups
from juries.deliberation import summaries_of
from juries.preparation import NOTICE, content_of, lines_of, preparation_pdf
from juries.services.national import open_sitting
from tests.cast import Cast, enrol_some
from tests.journey import to_proclamation
from tests.juries.national_scenes import AGAINST, ARGUMENT, CLEAR, FAILED, NEAR, Story, play

pytestmark = pytest.mark.django_db

CANARY_MARKS = ("13,37", "17,71", "5,55", "18,18", "16,61")
CANARY = Story(dict(zip(("CC_TC", "CC_OPT", "ECRIT", "ORAL", "APT"), CANARY_MARKS, strict=True)), False)


@pytest.fixture
def files(cast: Cast, gc_part: SessionPart) -> list[Enrolment]:
    """Two clear files and three to examine, all arrived; the sitting is not open."""
    return play(cast, gc_part, [CLEAR, FAILED, CLEAR, AGAINST, NEAR])


def rows_of(content: bytes) -> list[list[Any]]:
    rows: list[list[Any]] = (
        CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    )
    return rows


def get(client: Any, name: str, session: Session) -> Any:
    return client.get(reverse(f"juries:{name}", args=[session.code]))


def names_of(session: Session) -> list[str]:
    return [file.name for file in summaries_of(session)]


def text_of(content: bytes) -> Sequence[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_the_sheet_holds_the_agenda_in_its_order_with_room_to_write(
    cast: Cast, sign_in: Any, files: list[Enrolment], gc_session: Session
) -> None:
    headings, *rows = rows_of(get(sign_in(cast.cpnefp), "preparation_sheet", gc_session).content)
    assert [row[1] for row in rows] == names_of(gc_session)
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5]
    assert headings[-1] == "Décision et notes"
    assert {row[-1] for row in rows} == {""}
    failed = next(row for row in rows if row[1] == files[1].candidate.full_name)
    told = dict(zip(headings, failed, strict=True))
    assert told["Écart au seuil, Épreuve écrite"] == 0
    assert "Avis défavorable" in told["À examiner"]
    assert (told["Avis du jury local"], told["Argument"]) == ("Défavorable", ARGUMENT)
    assert told["Proposition"] == "Non certifiable"
    assert [row[4] for row in rows[-2:]] == ["", ""]


def test_the_paper_says_the_same_page_by_page(
    cast: Cast, sign_in: Any, files: list[Enrolment], gc_session: Session
) -> None:
    answer = get(sign_in(cast.cpnefp), "preparation_paper", gc_session)
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    (page,) = text_of(answer.content)
    assert NOTICE in page
    assert "Page 1 / 1" in page
    assert "À examiner d’abord\u00a0: 3" in page
    assert "sans rien à signaler\u00a0: 2" in page
    words = " ".join(page.split())
    assert ARGUMENT in words
    positions = [words.index(name) for name in names_of(gc_session)]
    assert positions == sorted(positions)


def test_the_headings_come_back_on_every_page(
    cast: Cast, files: list[Enrolment], gc_session: Session
) -> None:
    lines = lines_of(gc_session, hidden=()) * 12
    pages = text_of(preparation_pdf(gc_session, lines, timezone.now()))
    assert len(pages) > 2
    assert all("Décision et notes" in page and NOTICE in page for page in pages)
    assert f"Page 2 / {len(pages)}" in pages[1]


def test_a_member_who_may_not_judge_gets_a_number_and_nothing_else(
    cast: Cast, sign_in: Any, gc_part: SessionPart
) -> None:
    # At the head of the agenda for the others, with marks that no other candidate has.
    mine, other = play(cast, gc_part, [CANARY, CLEAR])
    session = gc_part.session
    Enrolment.objects.filter(pk=mine.pk).update(tutor=cast.cpnefp.user)
    client, name = sign_in(cast.cpnefp), mine.candidate.full_name
    first, last = rows_of(get(client, "preparation_sheet", session).content)[1:]
    assert first[1] == other.candidate.full_name
    told = [str(one).replace("\u00a0", " ") for one in last if one != ""]
    assert told == ["2.0", f"Dossier {groups(mine.number)}", "Récusé"]
    (page,) = text_of(get(client, "preparation_paper", session).content)
    assert not [secret for secret in (*CANARY_MARKS, ARGUMENT, name, "Défavorable") if secret in page]
    assert page.count(gc_part.crfp.name) == 1
    assert "À examiner d’abord" not in page
    end = page.index("vous ne pouvez pas les juger")
    assert groups(mine.number) in page[end:].replace("\u2010", "-")  # the hyphen the font draws
    assert "Récusé" in page[end:]
    assert other.candidate.full_name in page[:end]
    assert "sous un numéro au lieu du nom" in get(client, "preparation", session).content.decode()
    whole = get(sign_in(cast.cpnefp_salaries), "preparation_sheet", session).content
    assert [row[1] for row in rows_of(whole)[1:]] == [name, other.candidate.full_name]
    (page,) = text_of(get(sign_in(cast.cpnefp_salaries), "preparation_paper", session).content)
    assert not [known for known in CANARY_MARKS if known not in page]


def test_hidden_names_are_in_nothing_that_is_printed(
    cast: Cast, files: list[Enrolment], gc_session: Session
) -> None:
    lines = lines_of(gc_session, hidden=[one.pk for one in files])
    told = str(content_of(gc_session, lines, timezone.now()))
    assert not [one for one in files if one.candidate.birth_name.upper() in told]


def test_nothing_is_prepared_before_the_last_files_nor_after_the_proclamation(
    cast: Cast, sign_in: Any, gc_part: SessionPart
) -> None:
    enrolments, session = enrol_some(cast, gc_part, 1), gc_part.session
    client = sign_in(cast.ucanss)
    for name in ("preparation_sheet", "preparation_paper"):
        answer = get(client, name, session)
        assert answer.status_code == 409
        assert "attend encore les dossiers de" in answer.content.decode()
    assert "attend encore les dossiers de" in get(client, "preparation", session).content.decode()
    to_proclamation(cast, gc_part, enrolments)
    assert "est terminée" in get(client, "preparation_paper", session).content.decode()


def test_the_lists_lead_to_it_as_soon_as_it_can_be_made(
    cast: Cast, sign_in: Any, files: list[Enrolment], gc_session: Session
) -> None:
    url, client = reverse("juries:preparation", args=[gc_session.code]), sign_in(cast.cpnefp)
    assert url in client.get(reverse("juries:sitting_list")).content.decode()
    at = timezone.now()
    open_sitting(
        session=gc_session, held_on=timezone.localdate(), place="Paris", by=cast.cpnefp_president, at=at
    )
    assert url in client.get(reverse("juries:national_table", args=[gc_session.code])).content.decode()
    page = client.get(url).content.decode()
    assert NOTICE in page
    assert "5 dossiers dans l’ordre de la séance" in page


@pytest.mark.parametrize("count", [1, 3])
def test_the_agenda_takes_the_same_queries_whatever_its_length(
    cast: Cast, gc_part: SessionPart, count: int, django_assert_num_queries: Any
) -> None:
    enrolments = play(cast, gc_part, [FAILED] * count)
    session = Session.objects.get(pk=gc_part.session_id)
    with django_assert_num_queries(6):
        assert len(lines_of(session, hidden=[enrolments[0].pk])) == count
