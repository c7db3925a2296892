"""The pages of the sheets: what is shown, what is refused where it happened, nothing typed is lost."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from evaluations.models import Block, BlockSheet, DetailMark, Mark, SecondEntry
from evaluations.services.marks import record_mark
from evaluations.services.sheets import Retyped, retype_marks, set_sheet, submit_sheet
from tests.cast import Cast, enrol_some

pytestmark = pytest.mark.django_db
SignIn = Callable[[Actor], Client]


def url(page: str, part: SessionPart, *more: str) -> str:
    return reverse(f"evaluations:{page}", args=[part.session.code, part.crfp.code, *more])


def block(code: str) -> Block:
    return Block.objects.get(code=code, regulation__code="GC_2013", regulation__version=1)


def write(cast: Cast, enrolments: list[Enrolment], now: datetime, *entries: str, code: str = "ECRIT") -> None:
    for enrolment, entry in zip(enrolments, entries, strict=True):
        record_mark(
            enrolment=enrolment, block=block(code), attempt=1, entry=entry, version=0, by=cast.clerk, at=now
        )


@pytest.fixture
def doubled(cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime) -> SessionPart:
    """Three written marks, each to be typed again."""
    write(cast, gc_enrolments, now, "12", "13", "14")
    set_sheet(
        part=gc_part, block=block("ECRIT"), responsible=None, double_entry="TOUTES", by=cast.clerk, at=now
    )
    return gc_part


def test_the_list_says_how_far_each_block_is(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn, now: datetime
) -> None:
    write(cast, gc_enrolments, now, "12", "13", "14")
    page = sign_in(cast.clerk).get(url("sheet_list", gc_part)).content.decode()
    assert "Prête, non transmise" in page
    assert "Note manquante" in page
    assert url("sheet_submit", gc_part, "ECRIT") in page
    assert url("sheet_submit", gc_part, "APT") not in page
    assert "Épreuve orale" not in page


def test_ucanss_reads_the_list_without_any_act(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    page = sign_in(cast.ucanss).get(url("sheet_list", gc_part)).content.decode()
    assert "Épreuve écrite" in page
    assert "Transmettre" not in page


def test_the_list_exports_what_it_shows(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn, now: datetime
) -> None:
    write(cast, gc_enrolments, now, "12", "13", "14")
    sent = sign_in(cast.clerk).get(url("sheet_list", gc_part), {"format": "csv"}).content.decode("utf-8-sig")
    assert "Épreuve écrite;3;3;" in sent


def test_setting_the_sheet(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    client, here = sign_in(cast.clerk), url("sheet_edit", gc_part, "ECRIT")
    assert "MOREL Denis" in client.get(here).content.decode()
    done = client.post(here, {"responsible": cast.second_clerk.user.pk, "double_entry": "TOUTES"})
    assert done.status_code == 302
    sheet = BlockSheet.objects.get()
    assert (sheet.responsible, sheet.double_entry) == (cast.second_clerk.user, "TOUTES")
    refused = client.post(here, {"responsible": cast.outsider.user.pk, "double_entry": ""})
    assert refused.status_code == 422


def test_transmitting_is_confirmed_with_its_exceptions(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn, now: datetime
) -> None:
    write(cast, gc_enrolments, now, "12", "ABS", "14")
    client, here = sign_in(cast.clerk), url("sheet_submit", gc_part, "ECRIT")
    page = client.get(here).content.decode()
    assert "3 notes transmises" in page
    assert f"{gc_enrolments[1].candidate.full_name}</a>&nbsp;: ABS" in page
    assert client.post(here).status_code == 302
    assert client.post(here).status_code == 302
    assert "Notes transmises le" in client.get(here).content.decode()


def test_a_refused_transmission_says_why(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    client, here = sign_in(cast.clerk), url("sheet_submit", gc_part, "ECRIT")
    assert 'aria-disabled="true"' in client.get(here).content.decode()
    page = client.post(here, follow=True).content.decode()
    assert "Rien n’a été transmis. Note manquante" in page


# --- Second entry ---


def test_the_second_entry_is_blind(
    cast: Cast, doubled: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    page = sign_in(cast.second_clerk).get(url("sheet_retype", doubled, "ECRIT"))
    text = page.content.decode()
    assert [field.entry for field in page.context["fields"]] == [""] * 3
    for mark in ("12", "13", "14"):
        assert f'value="{mark}"' not in text
        assert f">{mark}<" not in text


def test_the_first_author_has_nothing_to_retype(cast: Cast, doubled: SessionPart, sign_in: SignIn) -> None:
    page = sign_in(cast.clerk).get(url("sheet_retype", doubled, "ECRIT")).content.decode()
    assert "La seconde saisie revient à quelqu’un d’autre" in page


def test_what_is_refused_stays_as_typed_and_the_rest_is_kept(
    cast: Cast, doubled: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    first, second, third = sorted(gc_enrolments, key=lambda e: (e.candidate.sort_key, e.pk))
    client = sign_in(cast.second_clerk)
    page = client.post(
        url("sheet_retype", doubled, "ECRIT"),
        {f"r-{first.pk}-1": "12", f"r-{second.pk}-1": "21", f"r-{third.pk}-1": ""},
    )
    assert page.status_code == 422
    assert [(field.entry, bool(field.refusal)) for field in page.context["fields"]] == [
        ("21", True), ("", False),
    ]  # fmt: skip
    assert SecondEntry.objects.get().enrolment == first


def test_the_differences_are_side_by_side_and_one_button_settles(
    cast: Cast, doubled: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn, now: datetime
) -> None:
    typed = [Retyped(gc_enrolments[0], 1, "2")]
    retype_marks(part=doubled, block=block("ECRIT"), typed=typed, by=cast.second_clerk, at=now)
    client, here = sign_in(cast.clerk), url("sheet_settle", doubled, "ECRIT")
    page = client.get(here).content.decode()
    assert "MARCHAND Claire" in page
    assert "MOREL Denis" in page
    sent = {"note": f"{gc_enrolments[0].pk}-1", "version": "1", "garder": "2"}
    assert "tranché" in client.post(here, sent, follow=True).content.decode()
    assert "n’est plus à trancher" in client.post(here, sent, follow=True).content.decode()
    assert Mark.objects.get(enrolment=gc_enrolments[0]).entry == "2"


# --- Tests of a block ---


def test_tests_are_named_then_filled_and_make_the_mark(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    client, here = sign_in(cast.clerk), url("sheet_tests", gc_part, "CC_TC")
    assert client.post(here, {"labels": "Mars\n\n Avril "}).status_code == 302
    mars, avril = BlockSheet.objects.get().tests.all()
    who = gc_enrolments[0].pk
    sent = {f"t-{mars.pk}-{who}": "10", f"v-{mars.pk}-{who}": "0:", f"t-{avril.pk}-{who}": "10,01"}
    assert client.post(here, sent).status_code == 302
    mark = Mark.objects.get(enrolment=who, block__code="CC_TC")
    assert mark.entry == "10,01"
    page = client.get(here).content.decode()
    assert "<strong>10,01</strong>" in page
    with_one = client.post(here, {f"t-{mars.pk}-{who}": "", f"v-{mars.pk}-{who}": "1:10"})
    assert with_one.status_code == 302
    mark.refresh_from_db()
    assert mark.entry == ""


def test_a_refused_test_stays_as_typed(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    client, here = sign_in(cast.clerk), url("sheet_tests", gc_part, "CC_TC")
    client.post(here, {"labels": "Mars"})
    line, who = BlockSheet.objects.get().tests.get(), gc_enrolments[0].pk
    page = client.post(here, {f"t-{line.pk}-{who}": "21"})
    assert page.status_code == 422
    assert 'value="21"' in page.content.decode()
    assert "hors barème" in page.content.decode()
    assert not DetailMark.objects.exists()


@pytest.mark.parametrize(
    ("labels", "words"), [("Mars\nmars", "même libellé"), ("x" * 61, "60 caractères"), ("a\n" * 13, "Douze")]
)
def test_a_bad_list_of_tests_is_refused_where_it_was_typed(
    labels: str, words: str, cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    page = sign_in(cast.clerk).post(url("sheet_tests", gc_part, "CC_TC"), {"labels": labels})
    assert page.status_code == 422
    assert words in page.content.decode()


# --- Correction ---


def test_a_transmitted_mark_is_corrected_from_the_result(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn, now: datetime
) -> None:
    write(cast, gc_enrolments, now, "12", "13", "14")
    submit_sheet(part=gc_part, block=block("ECRIT"), by=cast.clerk, at=now)
    client, who = sign_in(cast.clerk), gc_enrolments[0].pk
    here = reverse("evaluations:mark_correct", args=[who, "ECRIT", 1])
    assert here in client.get(reverse("evaluations:tally_detail", args=[who])).content.decode()
    refused = client.post(here, {"entry": "15", "reason": " ", "version": "1"})
    assert refused.status_code == 422
    assert 'value="15"' in refused.content.decode()
    assert "Indiquez le motif" in refused.content.decode()
    assert client.post(here, {"entry": "15", "reason": "Erreur", "version": "1"}).status_code == 302
    assert Mark.objects.get(enrolment=who).entry == "15"
    stale = client.post(here, {"entry": "16", "reason": "Erreur", "version": "1"})
    assert "a saisi 15" in stale.content.decode()
    assert 'name="version" value="2"' in stale.content.decode()


def test_a_mark_that_is_not_there_cannot_be_corrected(
    cast: Cast, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    here = reverse("evaluations:mark_correct", args=[gc_enrolments[0].pk, "ECRIT", 1])
    assert sign_in(cast.clerk).get(here).status_code == 404


# --- Queries ---


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_pages_take_as_many_queries_whatever_the_number(
    cast: Cast, doubled: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn, now: datetime
) -> None:
    client = sign_in(cast.second_clerk)
    client.post(url("sheet_tests", doubled, "CC_TC"), {"labels": "Mars"})
    pages: list[Any] = [
        url("sheet_list", doubled),
        url("sheet_retype", doubled, "ECRIT"),
        url("sheet_submit", doubled, "ECRIT"),
        url("sheet_tests", doubled, "CC_TC"),
    ]
    few = [queries_of(client, page) for page in pages]
    more = enrol_some(cast, doubled, 3)
    write(cast, more, now, "12", "13", "14")
    assert [queries_of(client, page) for page in pages] == few
    assert max(few) <= 18
