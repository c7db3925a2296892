"""The computed proposal, explained to those who run the session."""

import pytest
from django.urls import reverse

from candidates.models import Enrolment
from evaluations.models import Block
from evaluations.services.marks import write_mark
from tests.cast import enrol_some


@pytest.fixture
def marked(gc_enrolments, cast, now):
    enrolment = gc_enrolments[0]
    blocks = Block.objects.filter(regulation__adoptions__session=enrolment.session_id)
    for block, entry in zip(blocks, ["15", "ABS", "5,5", "6,25", "16,25"], strict=True):
        by = cast.juror if block.recorder == Block.Recorder.JURY else cast.clerk
        write_mark(enrolment=enrolment, block=block, attempt=1, entry=entry, version=0, by=by, at=now)
    return enrolment


def tally(enrolment):
    return reverse("evaluations:tally_detail", args=[enrolment.pk])


@pytest.mark.parametrize("who", ["clerk", "ucanss"])
def test_the_proposal_says_every_reason_in_words(sign_in, cast, marked, who):
    page = sign_in(getattr(cast, who)).get(tally(marked)).content.decode()
    assert "Non certifiable" in page
    assert "5,5/20, note éliminatoire car inférieure ou égale à 6/20" in page
    assert "absence non justifiée, comptée 0" in page
    assert "comptée 0" in page
    assert "ABS/20" not in page
    assert "16,25/20" in page
    assert "82,75" in page
    assert "8,275" in page
    assert "−0,5" in page


def test_an_incomplete_file_says_what_is_missing(sign_in, cast, gc_part):
    (enrolment,) = enrol_some(cast, gc_part, 1, premss_start=None, pass_followed=Enrolment.Pass.UNKNOWN)
    page = sign_in(cast.clerk).get(tally(enrolment)).content.decode()
    assert "Incomplet" in page
    assert "note manquante" in page
    assert "on ne sait pas si la formation a été suivie" in page
    assert "Le premier jour de Prem’ss est à renseigner" in page


def test_another_crfp_finds_nothing(sign_in, cast, marked):
    assert sign_in(cast.outsider).get(tally(marked)).status_code == 404


@pytest.mark.parametrize("who", ["tutor", "manager", "juror", "organisme", "cpnefp"])
def test_those_who_do_not_run_the_session_are_turned_away(sign_in, cast, marked, who):
    assert sign_in(getattr(cast, who)).get(tally(marked)).status_code == 403
