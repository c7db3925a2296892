"""The press draws the certificates WeasyPrint would, and leaves it those it cannot draw."""

import json
from io import BytesIO
from typing import Any

import pikepdf
import pytest
import zxingcpp

from juries import certificate_press
from juries.bloc_certificates import bloc_certificate_pdf
from juries.certificate_press import Drawable, Press, draw_all
from juries.certificates import TEMPLATE, certificate_content, certificate_pdf
from juries.models import Certificate
from tests.cqp.documents import LONGEST
from tests.cqp.pictures import differing_pixels, picture_of, words_of
from tests.juries.printed import many_certificates, printed_bloc, printed_certificate

HOLDERS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "ordinary": ({}, {}),
    "accents and apostrophes": (
        {"name": "Ève D’ÇÀÉÎÔÙ-Œ’Ñ", "birth_name": "D’ÇÀÉÎÔÙ-Œ’Ñ", "first_names": "Ève, Œdipe, Maÿlis"},
        {},
    ),
    "no name in use": ({"used_name": "", "name": "Marie DUPÂQUIER"}, {}),
    "the same name twice": ({"name": "DUPÂQUIER", "first_names": "DUPÂQUIER", "used_name": "DUPÂQUIER"}, {}),
    "second size": ({"name": "Marie-Philippine VANDENBROUCKE-X", "birth_name": "VANDENBROUCKE-X"}, {}),
    "third size": ({"name": "Marie-Philippine VANDENBROUCKE DE SAINT-HIL"}, {}),
    "fourth size": ({"name": "Marie-Philippine VANDENBROUCKE DE SAINT-HILAIRE DE LA ROCHE"}, {}),
    "an identity on two lines": (
        {
            "first_names": "Marie Philippine Éléonore Clémentine Augustine",
            "birth_place": "Saint-Remy (Marne)",
        },
        {},
    ),
    "no option": ({}, {"option": ""}),
    "a long option": (
        {},
        {"option": "Technicien conseil assurance maladie et accidents du travail, parcours long"},
    ),
    "no registration": ({}, {"registration": None}),
    "an older content without a code": ({}, {"verify_url": ""}),
    "ligatures": ({"name": "Affif FJORD", "first_names": "Affif, Théodore, Difficile, Quffle"}, {}),
}
# What no plate draws: a letter Garamond lacks, a line that wraps, a size of its own, what only one says.
LEFT = {
    "Vietnamese": ({"name": "Sofia NGUYỄN"}, {}),
    "Greek": ({"birth_name": "ΠΑΠΑΔΟΠΟΥΛΟΣ"}, {}),
    "Cyrillic": ({"first_names": "Ждан"}, {}),
    "a letter of the other cut": ({"birth_place": "L’HAŸ-LES-ROSES"}, {}),
    "a name on two lines": ({"name": "W" * 30}, {}),
    "the longest": (LONGEST["holder"], {}),
    "a corrected certificate": ({}, {"replaces": {"number": "GC-2026-12-00001", "date": "12 janvier 2027"}}),
}


def certificate_of(name: str) -> Certificate:
    holder, other = (HOLDERS | LEFT)[name]
    return printed_certificate(100 + sorted(HOLDERS | LEFT).index(name), holder, **other)


@pytest.fixture(scope="module")
def press() -> Press:
    """A press that has already engraved for others: what it draws owes nothing to the holder."""
    press = Press()
    for certificate in many_certificates(6):
        press.draw(certificate)
    return press


@pytest.mark.parametrize("name", HOLDERS)
def test_every_pixel_and_word_is_that_of_weasyprint(press: Press, name: str) -> None:
    certificate, before = certificate_of(name), press.handed_over

    ours, theirs = press.draw(certificate), certificate_pdf(certificate)

    assert press.handed_over == before
    assert ours != theirs
    assert differing_pixels(picture_of(ours), picture_of(theirs)) == 0
    assert words_of(ours) == words_of(theirs)


BLOCS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    **{name: HOLDERS[name] for name in ("ordinary", "no name in use", "second size", "ligatures")},
    "another bloc": ({}, {"bloc": {"code": "BC3", "label": "Animer un réseau de partenaires"}}),
    "a long bloc": (
        {},
        {
            "bloc": {
                "code": "BC1",
                "label": "Accompagner les professionnels de santé dans leurs démarches en ligne, par étapes",
            }
        },
    ),
    "no registration": ({}, {"registration": None}),
}


@pytest.mark.parametrize("name", BLOCS)
def test_so_is_the_certificate_of_a_bloc(press: Press, name: str) -> None:
    holder, other = BLOCS[name]
    press.draw(printed_bloc(1, {"name": "Inès MARTIN"}, **other))
    certificate, before = printed_bloc(200, holder, **other), press.handed_over

    ours, theirs = press.draw(certificate), bloc_certificate_pdf(certificate)

    assert press.handed_over == before
    assert ours != theirs
    assert differing_pixels(picture_of(ours), picture_of(theirs)) == 0
    assert words_of(ours) == words_of(theirs)


def test_a_bloc_never_wears_the_plate_of_a_whole_certificate() -> None:
    batch: list[Drawable] = [*many_certificates(2), printed_bloc(1), *many_certificates(1), printed_bloc(2)]
    drawn = [pdf for _, pdf in draw_all(batch)]
    assert ["DAM-2026-12-B" in words_of(pdf) for pdf in drawn] == [False, False, True, False, True]
    assert [pdf for _, pdf in draw_all(reversed(batch))] == drawn[::-1]


def test_one_changed_letter_is_seen(press: Press) -> None:
    """Positive control: the comparison above sees what a reader might not."""
    one = press.draw(printed_certificate(1, {"birth_name": "DUPÂQUIER"}))
    other = certificate_pdf(printed_certificate(1, {"birth_name": "DUPAQUIER"}))

    assert 0 < differing_pixels(picture_of(one), picture_of(other)) < 400
    assert words_of(one) != words_of(other)


@pytest.mark.parametrize("name", LEFT)
def test_what_is_unusual_is_left_to_weasyprint(press: Press, name: str) -> None:
    certificate, before = certificate_of(name), press.handed_over

    assert press.draw(certificate) == certificate_pdf(certificate)
    assert press.handed_over == before + 1


def test_the_bytes_are_the_same_in_any_batch() -> None:
    batch = [*many_certificates(5), certificate_of("an identity on two lines"), certificate_of("Greek")]

    drawn = {certificate.number: pdf for certificate, pdf in draw_all(batch)}

    assert len(set(drawn.values())) == len(batch)
    for certificate, pdf in draw_all(reversed(batch)):
        assert pdf == drawn[certificate.number]
    ((alone, pdf),) = draw_all(batch[2:3])
    assert pdf == drawn[alone.number]


def test_the_order_is_kept_and_nothing_is_drawn_ahead() -> None:
    asked: list[str] = []

    def certificates() -> Any:
        for certificate in many_certificates(4):
            asked.append(certificate.number)
            yield certificate

    drawn = draw_all(certificates())

    assert next(drawn)[0].number == "GC-2026-12-00001"
    assert asked == ["GC-2026-12-00001"]
    assert [certificate.number for certificate, _ in drawn] == [
        f"GC-2026-12-{rank:05d}" for rank in (2, 3, 4)
    ]


@pytest.mark.parametrize("name", ["ordinary", "no name in use", "an identity on two lines"])
def test_the_file_is_whole_tagged_and_named_as_weasyprint_names_it(press: Press, name: str) -> None:
    certificate = certificate_of(name)
    content = certificate_content(certificate)

    with (
        pikepdf.open(BytesIO(press.draw(certificate))) as ours,
        pikepdf.open(BytesIO(certificate_pdf(certificate))) as theirs,
    ):
        assert ours.check_pdf_syntax() == []
        assert ours.Root.Lang == theirs.Root.Lang == "fr"
        assert ours.Root.MarkInfo.Marked
        assert tags_of(ours.Root.StructTreeRoot) == tags_of(theirs.Root.StructTreeRoot)
        assert dict(ours.docinfo) == dict(theirs.docinfo)
        assert ours.docinfo.Title == f"Certificat nº {certificate.number} – {content['holder']['name']}"
        assert ours.open_metadata().pdfa_status == theirs.open_metadata().pdfa_status == "3A"
        assert dict(ours.open_metadata()) == dict(theirs.open_metadata())
        assert bookmarks_of(ours) == bookmarks_of(theirs)
        assert bookmarks_of(ours)[-1] == content["holder"]["name"]
        assert bytes(ours.trailer.ID[0]) == bytes(theirs.trailer.ID[0])
        assert ours.Root.OutputIntents[0].S == theirs.Root.OutputIntents[0].S
        faces = fonts_of(ours)
        assert faces == fonts_of(theirs)
        assert len(faces) == 5


def tags_of(element: Any) -> Any:
    """The structure below an element: kinds and alternative texts."""
    kids = element.get("/K", [])
    kids = kids if isinstance(kids, pikepdf.Array) else [kids]
    below = [tags_of(kid) for kid in kids if isinstance(kid, pikepdf.Dictionary)]
    return str(element.get("/S", "")), str(element.get("/Alt", "")), below


def bookmarks_of(document: pikepdf.Pdf) -> list[str]:
    with document.open_outline() as outline:
        return [outline.root[0].title, *(child.title for child in outline.root[0].children)]


def fonts_of(document: pikepdf.Pdf) -> list[str]:
    """The faces of a page, every one of them embedded."""
    names = []
    for font in document.pages[0].Resources.Font.values():
        descriptor = font.DescendantFonts[0].FontDescriptor
        assert len(descriptor.FontFile2.read_bytes()) > 1000
        names.append(str(font.BaseFont))
    return sorted(names)


def test_the_code_of_each_leads_to_its_page() -> None:
    for certificate, pdf in draw_all([*many_certificates(4), certificate_of("Greek")]):
        found = zxingcpp.read_barcodes(picture_of(pdf, 150))

        assert [one.text for one in found] == [json.loads(certificate.content)["verify_url"]]


def test_a_certificate_in_so_many_is_checked_on_a_plate_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_press, "_CHECKED", 1)
    press = Press()
    batch = [one for one in many_certificates(30) if '"used_name": ""' in one.content][:3]

    drawn = [press.draw(one) for one in batch]

    assert press.engraved == len(batch)
    assert press.handed_over == 0
    (plates,) = press._plates.values()
    monkeypatch.setattr(plates[0], "draw", lambda *_a, **_k: b"ink has run")
    assert press.draw(batch[0]) == certificate_pdf(batch[0])
    assert press.handed_over == 1
    assert press.draw(batch[1]) == drawn[1]


def test_forms_are_forgotten_not_piled_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_press, "_FORMS", 2)
    press = Press()

    for name in ("ordinary", "no name in use", "no option", "ordinary"):
        press.draw(certificate_of(name))

    assert len(press._plates) == 2
    assert press.engraved == 4


def test_the_lengths_that_change_the_layout_are_those_of_the_template() -> None:
    steps = {name: lengths for _, name, lengths in certificate_press._steps(TEMPLATE)}

    assert steps == {
        "name": [30, 42, 56, 100],
        "birth_name": [44],
        "used_name": [44],
        "first_names": [56],
        "birth_place": [50],
        "option": [70],
    }
