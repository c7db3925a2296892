"""Each component says in words what it shows, with the least context it asks for."""

from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory

from cqp.tasks import Task


def shown(component: str, **context: Any) -> str:
    """The component as a page would include it, white space evened out."""
    request = RequestFactory().get("/liste/?q=martin&page=2")
    return " ".join(render_to_string(f"components/_{component}.html", context, request).split())


class Sheet(forms.Form):
    mark = forms.CharField(label="Note de l’écrit")


def test_a_stage_says_its_state_in_words() -> None:
    html = shown(
        "stages", stages=[{"label": "Jurys locaux", "state": "blocked", "detail": "président à nommer"}]
    )
    assert "bloqué" in html
    assert "président à nommer" in html


def test_a_task_without_count_or_date_is_one_line_and_one_button() -> None:
    html = shown("task", task=Task("Saisir les notes", "DAM, juin 2027", "/notes/", "Ouvrir"))
    assert 'href="/notes/"' in html
    assert "avant le" not in html


def test_a_refused_act_points_at_its_reason_and_cannot_be_sent() -> None:
    html = shown("post_button", url="/x/", label="Transmettre", refusal="Trois notes manquent.")
    assert 'aria-describedby="refus-transmettre"' in html
    assert 'id="refus-transmettre">Trois notes manquent.' in html
    assert "<form" not in html


def test_an_act_to_confirm_says_its_consequence_before_its_button() -> None:
    html = shown("post_button", url="/x/", label="Clore", confirm="Les notes seront figées.")
    assert html.index("Les notes seront figées.") < html.index('<form method="post" action="/x/"')


def test_an_irreversible_act_names_its_exceptions_before_its_button() -> None:
    html = shown(
        "confirm", title="Proclamer", url="/x/", button="Proclamer", consequences=["Tout sera figé."],
        exceptions=[{"label": "DURAND Paul", "detail": "avis défavorable"}],
    )  # fmt: skip
    assert "1 exception à connaître" in html
    assert html.index("DURAND Paul") < html.index('<button type="submit"')


def test_an_error_leads_to_its_field() -> None:
    html = shown("error_summary", form=Sheet({}))
    assert 'role="alert"' in html
    assert '<a href="#id_mark">Note de l’écrit</a>' in html


def test_a_form_without_error_has_no_summary() -> None:
    assert "alert" not in shown("error_summary", form=Sheet())


def test_the_pager_keeps_the_rest_of_the_address() -> None:
    html = shown("pager", page=Paginator(range(90), 40).page(2), noun="candidat")
    assert "Page 2 sur 3 (90 candidats)" in html
    assert "q=martin&amp;page=3" in html


def test_a_sorted_heading_says_so_and_offers_the_other_way() -> None:
    html = shown("sort_th", key="name", label="Candidat", sort="name")
    assert 'aria-sort="ascending"' in html
    assert "sort=-name" in html
    assert "page=" not in html


@pytest.mark.parametrize(
    ("outcome", "words"), [("NON_CERTIFIABLE", "Non certifiable"), ("CERTIFIED", "Certifié")]
)
def test_a_verdict_is_never_a_colour_alone(outcome: str, words: str) -> None:
    html = shown("verdict", outcome=outcome)
    assert words in html
    assert "<svg" in html


def test_progress_is_told_in_figures_too() -> None:
    html = shown("progress", done=1372, total=2000)
    assert 'value="1372" max="2000"' in html
    assert "1\u00a0372 sur 2\u00a0000".replace("\u00a0", " ") in html.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("CERTIFIED", "Vous êtes certifié(e)"),
        ("NOT_CERTIFIED", "n’êtes pas certifié"),
        ("DEFERRED", "autre session"),
    ],
)
def test_the_candidate_reads_one_plain_sentence(outcome: str, words: str) -> None:
    assert words in shown("outcome", outcome=outcome)


def test_facts_and_empty_states_are_said_plainly() -> None:
    assert "<dd>–</dd>" in shown("definition_list", facts=[("Motif", "")])
    assert "Rien à faire" in shown("empty", title="Rien à faire")


@pytest.mark.parametrize("page", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_stands_without_a_request(page: str) -> None:
    html = render_to_string(f"{page}.html")
    assert html.count("<h1>") == 1
    assert 'lang="fr"' in html


def test_an_export_keeps_what_the_address_asks_for_but_its_page() -> None:
    html = shown("export", what="les sessions")
    assert 'href="?q=martin&amp;format=xlsx"' in html
    assert 'href="?q=martin&amp;format=csv"' in html
    assert html.count("les sessions") == 2
    assert 'href="?q=martin&amp;format=csv&amp;liste=sans-jury"' in shown(
        "export", what="x", liste="sans-jury"
    )
