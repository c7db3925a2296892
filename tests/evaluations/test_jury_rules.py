"""What a regulation asks of its juries: edited in a draft, read in words, refused where it is impossible."""

from decimal import Decimal

import pytest

from cqp.journal.models import Entry
from cqp.workflow import Refusal
from evaluations.models import HearingPart, JuryRule, Regulation
from evaluations.regulation_rules import publication_refusals
from evaluations.services.regulations import copy_regulation, publish_regulation, save_draft
from tests.evaluations.test_regulations import address, form_of, rows_of


@pytest.fixture
def draft(reference, cast, now):
    source = Regulation.objects.get(code="GC_2013", version=1)
    return copy_regulation(regulation=source, by=cast.ucanss, at=now)


@pytest.fixture
def blocs_draft(reference, cast, now):
    source = Regulation.objects.get(code="DAM_BLOCS", version=1)
    return copy_regulation(regulation=source, by=cast.ucanss, at=now)


RULE = {
    "hearing_minimum": 2,
    "argument_min": 15,
    "college_quorum": 2,
    "proxies_max": 1,
    "majority": "ABSOLUE",
    "casting_vote": False,
    "names_against": True,
    "points_max": Decimal(1),
    "rectified_by": "SEANCE",
}


def test_the_juries_of_a_draft_are_edited_published_and_read_in_words(sign_in, cast, draft):
    client = sign_in(cast.ucanss)
    before = client.get(address("regulation_detail", draft)).content.decode()
    assert "Le jury national n’accorde pas de point de jury." in before
    assert "Le procès-verbal ne nomme pas les votes contre." in before
    data = form_of(client, draft) | {
        "j-points_max": "1",
        "j-names_against": "on",
        "j-college_quorum": "2",
        "p-2-minutes_max": "20",
        "p-3-label": "Délibération",
        "p-3-minutes": "5",
    }
    assert client.post(address("regulation_edit", draft), data).status_code == 302
    assert client.post(address("regulation_publish", draft)).status_code == 302
    published = Regulation.objects.get(code="GC_2013", version=2)
    assert published.state == "PUBLIE"
    page = client.get(address("regulation_detail", published)).content.decode()
    for sentence in (
        "Le jury national peut accorder jusqu’à 1 point de jury par épreuve, avec un motif.",
        "Le procès-verbal nomme les votes contre.",
        "Le jury national siège quand chaque collège compte au moins 2 membres présents ou représentés.",
        "L’audition dure de 45 à 55 minutes\u00a0: présentation du candidat (10 minutes), "
        "situation professionnelle (20 minutes), questions ouvertes (10 à 20 minutes), "
        "délibération (5 minutes).",
        "Un candidat est entendu par 2 jurés au moins, récusés et absents déduits.",
    ):
        assert sentence in page


def test_what_changed_of_the_juries_is_in_the_journal(draft, cast, now):
    parts = [{"label": "Entretien\u200b", "minutes": 30, "minutes_max": None}]
    save_draft(regulation=draft, **rows_of(draft), jury_rule=RULE, parts=parts, by=cast.ucanss, at=now)
    assert [part.label for part in draft.hearing_parts.all()] == ["Entretien"]
    entry = Entry.objects.filter(act="reglement.modifier").order_by("seq")[1]
    assert '"points_max":null' in entry.before
    assert '"points_max":"1"' in entry.after
    assert '"label":"Entretien"' in entry.after
    assert "epreuves" not in entry.after
    count = Entry.objects.count()
    save_draft(regulation=draft, **rows_of(draft), jury_rule=RULE, parts=parts, by=cast.ucanss, at=now)
    assert Entry.objects.count() == count


def test_juries_stay_as_they_are_where_nothing_is_said_of_them(draft, cast, now):
    before = list(HearingPart.objects.filter(regulation=draft).values("label", "minutes", "minutes_max"))
    save_draft(regulation=draft, **rows_of(draft), by=cast.ucanss, at=now)
    after = list(HearingPart.objects.filter(regulation=draft).values("label", "minutes", "minutes_max"))
    assert after == before
    assert len(after) == 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"hearing_minimum": 0}, "au moins un juré"),
        ({"college_quorum": 0}, "chaque collège"),
        ({"points_max": Decimal(0)}, "plus grand que zéro"),
    ],
)
def test_impossible_juries_are_refused(draft, cast, now, change, sentence):
    with pytest.raises(Refusal, match=sentence):
        save_draft(regulation=draft, **rows_of(draft), jury_rule=RULE | change, by=cast.ucanss, at=now)
    assert JuryRule.objects.get(regulation=draft).points_max is None


@pytest.mark.parametrize(("minutes", "most"), [(20, 10), (0, None)])
def test_a_part_of_a_hearing_lasts_and_never_less_than_it_lasts(draft, cast, now, minutes, most):
    parts = [{"label": "Entretien", "minutes": minutes, "minutes_max": most}]
    with pytest.raises(Refusal, match="Entretien"):
        save_draft(regulation=draft, **rows_of(draft), parts=parts, by=cast.ucanss, at=now)
    assert draft.hearing_parts.count() == 3


def test_a_jury_larger_than_its_seats_is_not_published(draft, cast, now):
    rule = RULE | {"hearing_minimum": 5}
    saved = save_draft(regulation=draft, **rows_of(draft), jury_rule=rule, by=cast.ucanss, at=now)
    assert publication_refusals(Regulation.objects.get(pk=saved.pk)) == [
        f"Une audition demande 5 jurés, le jury local n’a que {draft.seats.count()} sièges."
    ]


def test_blocs_have_no_points_to_give(sign_in, cast, blocs_draft, now):
    client = sign_in(cast.ucanss)
    assert 'name="j-points_max"' not in client.get(address("regulation_edit", blocs_draft)).content.decode()
    data = form_of(client, blocs_draft) | {"j-points_max": "1", "j-college_quorum": "3"}
    assert client.post(address("regulation_edit", blocs_draft), data).status_code == 302
    rule = JuryRule.objects.get(regulation=blocs_draft)
    assert (rule.points_max, rule.college_quorum) == (None, 3)
    page = client.get(address("regulation_detail", blocs_draft)).content.decode()
    assert "point de jury" not in page
    save_draft(regulation=blocs_draft, **rows_of(blocs_draft), jury_rule=RULE, by=cast.ucanss, at=now)
    with pytest.raises(Refusal, match="aucun point"):
        publish_regulation(regulation=blocs_draft, by=cast.ucanss, at=now)


def test_errors_of_the_juries_stand_beside_their_field(sign_in, cast, draft):
    client = sign_in(cast.ucanss)
    data = form_of(client, draft) | {"j-points_max": "0", "p-0-minutes_max": "5"}
    page = client.post(address("regulation_edit", draft), data)
    assert page.status_code == 422
    text = page.content.decode()
    assert '<a href="#id_j-points_max">Points de jury par épreuve, au plus</a>' in text
    assert '<a href="#id_p-0-minutes_max">Audition 1, Minutes au plus</a>' in text
