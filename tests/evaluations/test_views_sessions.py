"""Opening a session on the screens: a regulation, its options and days, what will happen, the act."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates.models import Session, SessionPart
from cqp.templatetags.fr import day
from evaluations.models import Adoption, Regulation
from evaluations.regulation_rules import validity_refusal


@pytest.fixture
def address():
    return reverse("evaluations:session_open")


@pytest.fixture
def ucanss(sign_in, cast):
    return sign_in(cast.ucanss)


@pytest.fixture
def days():
    today = timezone.localdate()
    return {
        "enrolment_deadline": today + timedelta(days=10),
        "exam_first_day": today + timedelta(days=20),
        "exam_last_day": today + timedelta(days=30),
        "entry_deadline": today + timedelta(days=35),
    }


@pytest.fixture
def filled(ucanss, address, days):
    form = ucanss.get(f"{address}?reglement=GC_2013-1").context["form"]
    return {name: value.isoformat() for name, value in days.items()} | {
        "options": [str(pk) for pk in form.fields["options"].initial]
    }


def test_a_session_opens_under_a_regulation_of_either_kind(ucanss, address):
    page = ucanss.get(address).content.decode()
    for code in ("GC_2013", "DAM_2006", "DAM_BLOCS"):
        assert f"?reglement={code}-1" in page


def test_the_latest_day_of_the_national_jury_is_shown_before_the_act(ucanss, address, filled):
    page = ucanss.post(f"{address}?reglement=GC_2013-1", filled)
    assert page.status_code == 200
    assert not Session.objects.exists()
    last_day = page.context["form"].cleaned_data["exam_last_day"]
    assert day(Session(exam_last_day=last_day).national_jury_deadline) in page.content.decode()


def test_confirming_opens_the_session_under_its_regulation(ucanss, address, filled, days):
    page = ucanss.post(f"{address}?reglement=GC_2013-1", filled | {"confirm": "1"})
    session = Session.objects.get()
    assert page.url == reverse("candidates:session_detail", args=[session.code])
    assert session.exam_last_day == days["exam_last_day"]
    assert session.options.count() == 6
    assert Adoption.objects.get(session=session).regulation.code == "GC_2013"
    assert SessionPart.objects.filter(session=session).exists()


def test_going_back_keeps_what_was_typed(ucanss, address, filled, days):
    page = ucanss.post(f"{address}?reglement=GC_2013-1", filled | {"back": "1"}).content.decode()
    assert "Continuer" in page
    assert days["exam_last_day"].isoformat() in page
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"exam_last_day": "2020-01-01"}, "Le dernier jour des épreuves précède le premier."),
        ({"exam_first_day": ""}, "obligatoire"),
        ({"options": []}, "Choisissez au moins une option."),
        ({"exam_first_day": "32/01/2027"}, "Cette date n’existe pas"),
    ],
)
def test_what_is_wrong_is_said_before_the_confirmation(ucanss, address, filled, change, sentence):
    page = ucanss.post(f"{address}?reglement=GC_2013-1", filled | change | {"confirm": "1"})
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert not Session.objects.exists()


def test_the_same_session_opens_once(ucanss, address, filled):
    for _ in range(2):
        page = ucanss.post(f"{address}?reglement=GC_2013-1", filled | {"confirm": "1"})
    assert page.status_code == 422
    assert "est déjà ouverte" in page.content.decode()
    assert Session.objects.count() == 1


@pytest.mark.parametrize("who", ["clerk", "cpnefp_president", "tutor"])
def test_nobody_else_opens_a_session(sign_in, cast, address, who):
    assert sign_in(getattr(cast, who)).get(address).status_code == 403


def test_a_regulation_runs_no_session_before_its_first_day(reference):
    regulation = Regulation.objects.get(code="GC_2013", version=1)
    early = regulation.valid_from - timedelta(days=1)
    assert validity_refusal(regulation, regulation.valid_from) is None
    assert "s’applique à partir du 1er janvier 2013" in str(validity_refusal(regulation, early))
