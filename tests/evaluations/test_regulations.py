"""The life of a regulation: read, copied, edited, published once for all; and the screens that do it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.forms import BooleanField
from django.urls import reverse

from cqp.journal.models import Entry
from cqp.workflow import Refusal
from evaluations.bloc_reading import bloc_scheme_of
from evaluations.models import Block, BlocRule, ObservationLine, Regulation
from evaluations.reading import points_scheme_of, scheme_of
from evaluations.regulation_rules import publication_refusals
from evaluations.services.regulations import copy_regulation, delete_draft, publish_regulation, save_draft
from tests.cast import open_session_of


@pytest.fixture
def source(reference):
    return Regulation.objects.get(code="GC_2013", version=1)


@pytest.fixture
def draft(source, cast, now):
    return copy_regulation(regulation=source, by=cast.ucanss, at=now)


def rows_of(regulation):
    """What a page would send for this regulation."""
    header = (
        "title",
        "valid_from",
        "source",
        "notes",
        "total_max",
        "pass_total",
        "requires_pass",
        "max_months",
    )
    block = (
        "code", "label", "mark_max", "coefficient", "threshold_operator", "threshold", "retake", "recorder",
        "shared_with_organisme",
    )  # fmt: skip
    return {
        "header": {name: getattr(regulation, name) for name in header},
        "blocks": [{name: getattr(row, name) for name in block} for row in regulation.blocks.all()],
        "seats": [
            {name: getattr(row, name) for name in ("code", "label", "qualities")}
            for row in regulation.seats.all()
        ],
    }


def address(name, regulation):
    return reverse(f"evaluations:{name}", args=[regulation.code, regulation.version])


def journal():
    return list(Entry.objects.filter(chain__key="referentiel", act__startswith="reglement.").order_by("seq"))


def test_a_copy_is_a_draft_that_says_the_same(source, draft):
    assert (draft.state, draft.version) == ("PROJET", 2)
    assert rows_of(draft) == rows_of(source)
    assert points_scheme_of(draft).blocks == points_scheme_of(source).blocks


def test_a_copy_takes_the_competences_and_criteria_along(reference, cast, now):
    source = Regulation.objects.get(code="DAM_BLOCS")
    draft = copy_regulation(regulation=source, by=cast.ucanss, at=now)

    def texts(regulation):
        return list(
            regulation.blocs.values_list("title", "competences__label", "competences__criteria__text")
        )

    assert texts(draft) == texts(source)
    assert len(texts(draft)) == 45


def test_copying_twice_opens_the_draft_already_begun(source, draft, cast, now):
    assert copy_regulation(regulation=source, by=cast.ucanss, at=now) == draft
    assert Regulation.objects.filter(code="GC_2013").count() == 2


def test_saving_a_draft_writes_it_and_journals_what_changed(draft, cast, now):
    rows = rows_of(draft)
    rows["header"]["pass_total"] = Decimal(110)
    rows["blocks"][2]["threshold"] = Decimal(7)
    saved = save_draft(regulation=draft, **rows, by=cast.ucanss, at=now)
    assert saved.pass_total == Decimal(110)
    assert saved.blocks.get(code="ECRIT").threshold == Decimal(7)
    entry = journal()[-1]
    assert (entry.act, entry.subject) == ("reglement.modifier", "règlement GC_2013 v2")
    assert '"pass_total":"100"' in entry.before
    assert '"pass_total":"110"' in entry.after
    assert "max_months" not in entry.after


def test_a_draft_keeps_no_text_that_documents_cannot_print(draft, cast, now):
    rows = rows_of(draft)
    rows["blocks"][2]["label"] = "Épreuve\u200b écrite"
    assert save_draft(regulation=draft, **rows, by=cast.ucanss, at=now).blocks.get(code="ECRIT").label == (
        "Épreuve écrite"
    )
    rows["blocks"][2]["label"] = "Épreuve\u0007 écrite"
    with pytest.raises(Refusal, match="ne peut pas être imprimé"):
        save_draft(regulation=draft, **rows, by=cast.ucanss, at=now)


def test_saving_what_is_there_already_journals_nothing(draft, cast, now):
    count = len(journal())
    save_draft(regulation=draft, **rows_of(draft), by=cast.ucanss, at=now)
    assert len(journal()) == count


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"code": "CC_TC"}, "même code"),
        ({"threshold": Decimal(21)}, "dépasse le barème"),
        ({"threshold_operator": ""}, "va avec sa règle"),
    ],
)
def test_rows_that_contradict_themselves_are_refused(draft, cast, now, change, sentence):
    rows = rows_of(draft)
    rows["blocks"][2] |= change
    with pytest.raises(Refusal, match=sentence):
        save_draft(regulation=draft, **rows, by=cast.ucanss, at=now)
    assert rows_of(draft) == rows_of(Regulation.objects.get(code="GC_2013", version=1))


def test_a_draft_may_be_saved_before_it_can_be_published(draft, cast, now):
    rows = rows_of(draft)
    rows["blocks"], rows["seats"] = rows["blocks"][:2], []
    saved = save_draft(regulation=draft, **rows, by=cast.ucanss, at=now)
    assert publication_refusals(saved) == [
        "Aucune épreuve n’est notée par le jury local.",
        "Les épreuves valent 40 points en tout, le total annoncé est 200.",
        "La composition du jury local est vide.",
    ]
    with pytest.raises(Refusal, match="jury local"):
        publish_regulation(regulation=saved, by=cast.ucanss, at=now)


def test_a_published_draft_runs_sessions_and_never_changes(draft, cast, now):
    published = publish_regulation(regulation=draft, by=cast.ucanss, at=now)
    assert (published.state, published.published_at) == ("PUBLIE", now)
    with pytest.raises(Refusal, match="ne se modifie pas"):
        save_draft(regulation=published, **rows_of(published), by=cast.ucanss, at=now)
    with pytest.raises(Refusal, match="ne se modifie pas"):
        delete_draft(regulation=published, by=cast.ucanss, at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Block.objects.filter(regulation=published).update(coefficient=2)


def test_publishing_twice_does_nothing_twice(draft, cast, now):
    publish_regulation(regulation=draft, by=cast.ucanss, at=now)
    publish_regulation(regulation=draft, by=cast.ucanss, at=now)
    assert [entry.act for entry in journal()].count("reglement.publier") == 1


def test_no_session_opens_under_a_draft(draft, cast, now):
    Regulation.objects.filter(pk=draft.pk).update(code="GC_BIS", version=1)
    with pytest.raises(Refusal, match="encore un projet"):
        open_session_of("GC_BIS", cast.ucanss)


def test_a_dropped_draft_stays_in_the_journal(draft, cast, now):
    delete_draft(regulation=draft, by=cast.ucanss, at=now)
    assert not Regulation.objects.filter(code="GC_2013", version=2).exists()
    assert '"supprime":true' in journal()[-1].after


@pytest.mark.parametrize("who", ["ucanss", "clerk", "cpnefp"])
def test_those_who_run_sessions_read_the_regulations_in_words(sign_in, cast, source, who):
    client = sign_in(getattr(cast, who))
    assert source.title in client.get(reverse("evaluations:regulation_list")).content.decode()
    page = client.get(address("regulation_detail", source)).content.decode()
    assert "éliminatoire si la note est ≤ 6/20" in page
    assert "au plus 24 mois" in page
    assert "La formation Pass a été suivie." in page
    assert ("Préparer la version suivante" in page) == (who == "ucanss")


def test_a_member_reads_the_sessions_of_a_regulation_without_a_door_closed_to_him(sign_in, cast, gc_part):
    session = gc_part.session
    page, door = (
        address("regulation_detail", session.adoption.regulation),
        reverse("candidates:session_detail", args=[session.code]),
    )
    read = sign_in(cast.cpnefp).get(page).content.decode()
    assert session.name in read
    assert door not in read
    assert door in sign_in(cast.ucanss).get(page).content.decode()


def test_the_competences_are_read_with_their_stars_and_criteria(sign_in, cast, reference):
    page = sign_in(cast.clerk).get(address("regulation_detail", Regulation.objects.get(code="DAM_BLOCS")))
    assert page.content.decode().count("Compétence clé") == 8
    assert page.content.decode().count("<li>S’approprie et met à jour") == 1


def test_a_draft_is_seen_by_ucanss_alone(sign_in, cast, draft):
    assert sign_in(cast.clerk).get(address("regulation_detail", draft)).status_code == 404
    assert sign_in(cast.ucanss).get(address("regulation_detail", draft)).status_code == 200


@pytest.mark.parametrize("name", ["regulation_edit", "regulation_publish"])
def test_only_ucanss_drafts_and_publishes(sign_in, cast, draft, name):
    assert sign_in(cast.clerk).get(address(name, draft)).status_code == 403
    assert sign_in(cast.clerk).post(address("regulation_copy", draft)).status_code == 403
    assert sign_in(cast.clerk).post(address("regulation_delete", draft)).status_code == 403


def form_of(client, regulation):
    """The edit page's fields as a browser would send them back untouched."""
    forms = client.get(address("regulation_edit", regulation)).context["forms"]
    data = {}
    whole = (forms.header, forms.rule, forms.jury_rule, *forms.blocks, *forms.seats, *forms.parts)
    for form in filter(None, whole):
        for field in form:
            value, ticked = field.value(), isinstance(field.field, BooleanField)
            if value is not None and not (ticked and not value):
                data[field.html_name] = "on" if ticked else str(value)
    for rows in (forms.blocks, forms.seats, forms.parts):
        data |= {field.html_name: str(field.value()) for field in rows.management_form}
    return data


def test_ucanss_drafts_and_publishes_on_the_screens(sign_in, cast, source):
    client = sign_in(cast.ucanss)
    page = client.post(address("regulation_copy", source), follow=True)
    draft = Regulation.objects.get(code="GC_2013", version=2)
    assert page.redirect_chain[-1][0] == address("regulation_edit", draft)
    data = form_of(client, draft) | {"h-title": "Règlement de 2027", "b-2-threshold": "6,5"}
    assert client.post(address("regulation_edit", draft), data).status_code == 302
    draft.refresh_from_db()
    assert draft.title == "Règlement de 2027"
    assert draft.blocks.get(code="ECRIT").threshold == Decimal("6.5")
    assert "plus jamais être modifié" in client.get(address("regulation_publish", draft)).content.decode()
    client.post(address("regulation_publish", draft))
    draft.refresh_from_db()
    assert draft.state == "PUBLIE"
    assert client.get(address("regulation_edit", draft)).status_code == 302


def test_rows_are_added_and_removed_without_script(sign_in, cast, draft):
    client = sign_in(cast.ucanss)
    data = form_of(client, draft) | {
        "b-0-DELETE": "on",
        "b-5-code": "qcm",
        "b-5-label": "Questionnaire",
        "b-5-mark_max": "20",
        "b-5-coefficient": "1",
    }
    assert client.post(address("regulation_edit", draft), data).status_code == 302
    codes = list(draft.blocks.values_list("code", flat=True))
    assert codes == ["CC_OPT", "ECRIT", "ORAL", "APT", "QCM"]


def test_errors_stand_beside_the_field_and_in_the_summary_and_nothing_is_lost(sign_in, cast, draft):
    client = sign_in(cast.ucanss)
    data = form_of(client, draft) | {"b-2-threshold": "25", "b-1-code": "CC_TC", "h-title": "Autre titre"}
    page = client.post(address("regulation_edit", draft), data)
    text = page.content.decode()
    assert page.status_code == 422
    assert '<a href="#id_b-2-threshold">Épreuve 3, Seuil</a>' in text
    assert "Le code CC_TC est déjà pris." in text
    assert 'value="Autre titre"' in text
    draft.refresh_from_db()
    assert draft.title != "Autre titre"


def test_an_incomplete_draft_shows_what_is_left_before_publishing(sign_in, cast, draft, now):
    save_draft(regulation=draft, **(rows_of(draft) | {"seats": []}), by=cast.ucanss, at=now)
    client = sign_in(cast.ucanss)
    assert (
        "La composition du jury local est vide."
        in client.get(address("regulation_detail", draft)).content.decode()
    )
    page = client.get(address("regulation_publish", draft)).content.decode()
    assert 'aria-disabled="true"' in page
    client.post(address("regulation_publish", draft))
    draft.refresh_from_db()
    assert draft.state == "PROJET"


@pytest.mark.parametrize("copies", [1, 3])
def test_the_list_takes_the_same_queries_whatever_its_length(
    sign_in, cast, reference, now, copies, django_assert_max_num_queries
):
    for regulation in Regulation.objects.all()[:copies]:
        copy_regulation(regulation=regulation, by=cast.ucanss, at=now)
    client = sign_in(cast.ucanss)
    with django_assert_max_num_queries(8):
        client.get(reverse("evaluations:regulation_list"))


# --- A regulation in blocs ----------------------------------------------------------------------------------


@pytest.fixture
def blocs_draft(reference, cast, now):
    source = Regulation.objects.get(code="DAM_BLOCS", version=1)
    return copy_regulation(regulation=source, by=cast.ucanss, at=now)


def test_a_copy_in_blocs_judges_as_its_source(blocs_draft):
    source = Regulation.objects.get(code="DAM_BLOCS", version=1)
    assert replace(scheme_of(blocs_draft), version=1) == scheme_of(source)
    assert (blocs_draft.kept_when_deferred, blocs_draft.kept_when_failed) == (True, True)


def test_ucanss_reads_the_rule_of_the_blocs_in_words(sign_in, cast, reference):
    regulation = Regulation.objects.get(code="DAM_BLOCS")
    page = sign_in(cast.ucanss).get(address("regulation_detail", regulation)).content.decode()
    assert "le tuteur a attesté chaque compétence" in page
    assert "le jury a dit «\u00a0acquis\u00a0» sur chaque compétence clé" in page
    assert "Tous les blocs sont acquis." in page
    assert "Un bloc acquis le reste, quelle que soit la suite." in page
    assert "Un candidat reporté conserve les signatures de son carnet." in page


def test_the_rule_of_the_blocs_is_edited_in_a_draft_and_published(sign_in, cast, blocs_draft):
    client = sign_in(cast.ucanss)
    data = form_of(client, blocs_draft) | {
        "r-jury": "TOUTES",
        "r-blocs_needed": "2",
        "h-kept_when_deferred": "False",
    }
    assert client.post(address("regulation_edit", blocs_draft), data).status_code == 302
    scheme = bloc_scheme_of(Regulation.objects.get(pk=blocs_draft.pk))
    assert (scheme.rule.jury, scheme.blocs_needed) == ("TOUTES", 2)
    page = client.get(address("regulation_detail", blocs_draft)).content.decode()
    assert "Au moins 2 blocs sur 3." in page
    assert "Un candidat reporté refait signer son carnet." in page
    client.post(address("regulation_publish", blocs_draft))
    assert Regulation.objects.get(pk=blocs_draft.pk).published_at
    with pytest.raises(IntegrityError), transaction.atomic():
        BlocRule.objects.filter(regulation=blocs_draft).update(jury="AUCUNE")


def test_more_blocs_needed_than_there_are_is_refused_when_publishing(cast, blocs_draft, now):
    BlocRule.objects.filter(regulation=blocs_draft).update(blocs_needed=4)
    with pytest.raises(Refusal, match="plus de blocs"):
        publish_regulation(regulation=blocs_draft, by=cast.ucanss, at=now)


def test_the_observation_lines_of_a_block_are_copied_edited_and_add_up(sign_in, cast, reference, now):
    source = Regulation.objects.get(code="DAM_2006")
    draft = copy_regulation(regulation=source, by=cast.ucanss, at=now)
    client, edit = sign_in(cast.ucanss), address("regulation_edit", draft)
    data = form_of(client, draft)
    assert data["b-0-lines"].count("= 20") == 5
    assert "n’est pas une ligne" in client.post(edit, data | {"b-0-lines": "Observe"}).content.decode()
    client.post(edit, data | {"b-0-lines": "Organise = 60\nSuit = 30,5"})
    lines = ObservationLine.objects.filter(block__regulation=draft)
    assert [(line.label, line.mark_max) for line in lines] == [("Organise", 60), ("Suit", Decimal("30.5"))]
    assert "100 points en tout" in publication_refusals(Regulation.objects.get(pk=draft.pk))[0]


def test_the_first_observation_lines_of_a_draft_are_journaled(sign_in, cast, draft):
    client, edit = sign_in(cast.ucanss), address("regulation_edit", draft)
    data = form_of(client, draft) | {"b-4-lines": "Observe = 12\nApplique = 8"}
    assert client.post(edit, data).status_code == 302
    assert "Applique" in journal()[-1].after
    assert client.post(edit, form_of(client, draft) | {"b-4-lines": ""}).status_code == 302
    assert "Applique" in journal()[-1].before


def test_no_bloc_needed_is_refused_beside_its_field(sign_in, cast, blocs_draft):
    client = sign_in(cast.ucanss)
    page = client.post(
        address("regulation_edit", blocs_draft), form_of(client, blocs_draft) | {"r-blocs_needed": "0"}
    )
    assert page.status_code == 422
    assert "au moins un bloc" in page.content.decode()
