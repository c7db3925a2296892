"""The history of one mark, told from the journal; an old value put back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluations.history import history_of
from evaluations.models import BlockSheet, Mark, SecondEntry
from evaluations.services.marks import correct_mark
from evaluations.services.sheets import settle_mark
from evaluations.states import SheetState
from tests.evaluations.grid_requests import block_of, cell_of, name_of, post, send, sheet_of


@pytest.fixture
def sheet(gc_part):
    return sheet_of(gc_part)


@pytest.fixture
def clerk(sign_in, cast):
    return sign_in(cast.clerk)


@pytest.fixture
def written(clerk, sheet, gc_enrolments):
    """A mark pasted, changed, erased, then put back."""
    enrolment = gc_enrolments[0]
    post(clerk, sheet, [cell_of(enrolment, "ECRIT", "12,5")], gesture="COLLAGE")
    for version, entry in enumerate(["14", ""], start=1):
        send(clerk, sheet, enrolment, "ECRIT", entry, version=version)
    send(clerk, sheet, enrolment, "ECRIT", "14", version=3, restores=2)
    return enrolment


def url_of(enrolment, code, attempt=1):
    return reverse("evaluations:mark_history", args=[enrolment.pk, block_of(enrolment, code).pk, attempt])


def test_every_version_is_told_the_latest_first(written, cast):
    told = history_of(written.pk, block_of(written, "ECRIT"), Mark.Attempt.FIRST)
    assert [(v.number, v.value, v.operation, v.restored) for v in told] == [
        (4, "14", "", 2),
        (3, "", "", 0),
        (2, "14", "", 0),
        (1, "12,5", "Collage : Épreuve écrite", 0),
    ]
    assert {version.who for version in told} == {cast.clerk.user.full_name}


def test_a_history_takes_two_queries_however_long(written):
    block = block_of(written, "ECRIT")
    with CaptureQueriesContext(connection) as taken:
        history_of(written.pk, block, Mark.Attempt.FIRST)
    assert len(taken) == 2


def test_the_retake_has_its_own_history(clerk, dam_part, dam_enrolments):
    enrolment, sheet = dam_enrolments[0], sheet_of(dam_part)
    send(clerk, sheet, enrolment, "CC", "8")
    send(clerk, sheet, enrolment, "CC", "15", attempt=2)
    block = block_of(enrolment, "CC")
    assert [v.value for v in history_of(enrolment.pk, block, Mark.Attempt.FIRST)] == ["8"]
    assert [v.value for v in history_of(enrolment.pk, block, Mark.Attempt.RETAKE)] == ["15"]


def test_a_correction_is_told_with_its_motive(clerk, sheet, written, gc_part, cast, now):
    block = block_of(written, "ECRIT")
    BlockSheet.objects.create(
        part=gc_part,
        block=block,
        state=SheetState.SUBMITTED,
        submitted_at=now,
        submitted_by=cast.clerk.user,
    )
    correct_mark(
        enrolment=written,
        block=block,
        attempt=1,
        entry="15",
        version=4,
        reason="Copie recomptée",
        by=cast.clerk,
        at=now,
    )
    page = clerk.get(url_of(written, "ECRIT")).content.decode()
    assert "Motif&nbsp;: Copie recomptée" in page
    assert "Note corrigée après transmission" in page
    # A transmitted mark is not put back as one types: the correction has its own page and its motive.
    assert "Remettre" not in page


def test_a_settled_difference_is_told_beside_the_value_it_kept(clerk, gc_part, written, cast, now):
    block = block_of(written, "ECRIT")
    SecondEntry.objects.create(
        enrolment=written,
        block=block,
        attempt=1,
        outcome=Mark.Outcome.NOTE,
        value=15,
        scale=20,
        entered_at=now,
        entered_by=cast.tutor.user,
    )
    settle_mark(enrolment=written, block=block, attempt=1, kept="15", version=4, by=cast.clerk, at=now)
    told = history_of(written.pk, block, Mark.Attempt.FIRST)
    assert [(v.number, v.value) for v in told[:2]] == [(0, "15"), (5, "15")]
    page = clerk.get(url_of(written, "ECRIT")).content.decode()
    assert "Écart de saisie tranché" in page
    assert page.count("(valeur actuelle)") == 1
    assert 'value="5:15"' in page


def test_the_page_and_its_fragment_tell_the_same(clerk, written):
    whole = clerk.get(url_of(written, "ECRIT")).content.decode()
    part = clerk.get(url_of(written, "ECRIT"), {"fragment": ""}).content.decode()
    assert "<h1>" in whole
    assert "<h1>" not in part
    for text in (whole, part):
        assert text.count('class="story-when"') == 4
        assert "Collage : Épreuve écrite" in text
        assert "Reprise de la saisie n° 2" in text
        assert text.count("Remettre 12,5") == 1
        assert "Effacer de nouveau" in text


def test_without_script_an_old_value_is_put_back_by_its_button(clerk, sheet, written):
    name = name_of(written, "ECRIT")
    data = {f"n-{name}": "12,5", f"v-{name}": "4:14", f"r-{name}": "1"}
    assert clerk.post(sheet, data).status_code == 302
    told = history_of(written.pk, block_of(written, "ECRIT"), Mark.Attempt.FIRST)
    assert (told[0].value, told[0].restored) == ("12,5", 1)


def test_a_mark_never_entered_says_so(clerk, gc_enrolments):
    assert "n’a jamais été saisie" in clerk.get(url_of(gc_enrolments[0], "ECRIT")).content.decode()


def test_ucanss_reads_a_history_and_puts_nothing_back(sign_in, cast, written):
    page = sign_in(cast.ucanss).get(url_of(written, "ECRIT")).content.decode()
    assert "12,5" in page
    assert "Remettre" not in page


def test_the_history_of_another_crfp_or_of_no_mark_does_not_exist(
    clerk, sign_in, cast, written, dam_enrolments
):
    assert clerk.get(url_of(written, "ECRIT", attempt=3)).status_code == 404
    foreign = reverse("evaluations:mark_history", args=[written.pk, block_of(dam_enrolments[0], "CC").pk, 1])
    assert clerk.get(foreign).status_code == 404
    assert sign_in(cast.outsider).get(url_of(written, "ECRIT")).status_code == 404


def test_each_line_of_the_result_leads_to_its_history(clerk, written):
    page = clerk.get(reverse("evaluations:tally_detail", args=[written.pk])).content.decode()
    assert f'href="{url_of(written, "ECRIT")}"' in page
