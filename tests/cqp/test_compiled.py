"""A plate draws what WeasyPrint draws, owes nothing to its probe, and refuses what it cannot."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cqp import compiled
from cqp.compiled import Plate, engrave
from cqp.pdf import write_pdf
from cqp.plate_file import Wording
from cqp.qr import paths_of, squares_of
from cqp.typeset import OtherBreak, Unfit
from tests.cqp.pictures import differing_pixels, picture_of, words_of

STYLE = "css/documents/certificate.css"
LETTERS = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZÉÈéèçŸ’-Ждễ0123456789"
ALPHABETS = {"name": LETTERS, "birth_name": LETTERS, "first_names": LETTERS, "code": LETTERS}
ADDRESS = "https://cqp.example.fr/v/"
WORDING = Wording(
    "Page de Zoé",
    {"name": "Zoé LEFÈVRE", "birth_name": "DUPONT", "first_names": "Zoé Affixe", "code": "7K2QM-93XTA-4"},
    squares_of(f"{ADDRESS}7K2QM-93XTA-4"),
)


def worded(name: str = "Zoé LEFÈVRE", birth_name: str = "DUPONT", code: str = "7K2QM-93XTA-4") -> Wording:
    texts = {**WORDING.texts, "name": name, "birth_name": birth_name, "code": code}
    return Wording(f"Page de {name}", texts, squares_of(f"{ADDRESS}{code}"))


def page(wording: Wording, extra: str = "") -> str:
    """A page with a centred line, a row of cells, a line of two texts and a code, as a certificate has."""
    texts, code = wording.texts, paths_of(ADDRESS + wording.texts["code"])
    path, side = "".join(str(one) for one in code["paths"]), code["side"]  # type: ignore[attr-defined]
    cells = "".join(
        f'<p data-field="{key}"><span class="label">Libellé {key}</span> {texts[key]}</p> '
        for key in ("birth_name", "first_names")
    )
    return (
        f'<html lang="fr"><head><title>{wording.title}</title></head><body><main><div>'
        f'<h2 data-field="name" class="holder">{texts["name"]}</h2><div class="identity">{cells}</div></div>'
        f'</main><svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f'<title>Code</title><path d="{path}"/></svg>'
        f'<p class="check">Code <span class="code" data-field="code">{texts["code"]}</span> fin</p>{extra}'
        "</body></html>"
    )


def plate_for(wording: Wording, extra: str = "") -> Plate:
    return engrave(page(wording, extra), style=STYLE, wording=wording, alphabets=ALPHABETS)


OTHERS = {
    "short": worded("Éva LY", "LY", "00000-00000-0"),
    "cells wider than their labels": worded(
        birth_name="DE LA ROCHE-VERDIÈRE D’AUBIGNY", code="ZZZZZ-WWWWW-W"
    ),
    "ligatures and kerning": worded("Théo AVATAR affiche", "Difficile fjord Quffle"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_plate_draws_what_weasyprint_does(name: str) -> None:
    wording = OTHERS[name]
    ours = plate_for(WORDING).draw(wording, identifier="x")
    theirs = write_pdf(page(wording), style=STYLE, identifier="x")

    assert differing_pixels(picture_of(ours), picture_of(theirs)) == 0
    assert words_of(ours) == words_of(theirs)


def test_a_letter_moved_or_changed_is_seen() -> None:
    """Positive control of the test above."""
    plate = plate_for(WORDING)
    right, wrong = plate.draw(WORDING, identifier="x"), plate.draw(worded("Zoè LEFÈVRE"), identifier="x")

    assert differing_pixels(picture_of(right), picture_of(wrong)) > 0


def test_bytes_do_not_depend_on_the_probe() -> None:
    plates = [plate_for(wording) for wording in (WORDING, *OTHERS.values())]

    files = {plate.draw(OTHERS["short"], identifier="x") for plate in plates}

    assert len(files) == 1
    assert files != {plates[0].draw(OTHERS["short"], identifier="another")}


@pytest.mark.parametrize(
    ("wording", "reason"),
    [
        (worded("Sofia Nguyễn"), "a letter"),
        (worded("Ждан"), "a letter"),
        (worded("L’HAŸ"), "a letter"),
        (worded("W" * 60), "too long"),
        (worded("Zoé  LEFÈVRE"), "spaces"),
        (worded(""), "spaces"),
    ],
)
def test_what_is_unusual_is_refused(wording: Wording, reason: str) -> None:
    plate = plate_for(WORDING)

    with pytest.raises(Unfit, match=reason):
        plate.draw(wording, identifier="x")
    with pytest.raises(Unfit):
        plate_for(wording)


def test_a_row_that_breaks_elsewhere_asks_for_another_plate() -> None:
    wide = worded(birth_name="WWWWWWWWWW WWWWWWWWWW WWWWWWWWWW WWWWWW")
    wide = replace(wide, texts={**wide.texts, "first_names": "Wwwwwwwwww Wwwwwwwwww Wwwwwwwwww"})

    with pytest.raises(OtherBreak):
        plate_for(WORDING).draw(wide, identifier="x")


@pytest.mark.parametrize(
    "extra",
    [
        '<p data-field="unknown">x</p>',
        '<p data-field="name">Zoé LEFÈVRE</p>',
        "<p>another page</p>" * 80,
    ],
)
def test_a_page_that_is_not_understood_has_no_plate(extra: str) -> None:
    with pytest.raises(Unfit):
        plate_for(WORDING, extra)


def test_a_field_the_page_does_not_print_has_no_plate() -> None:
    more = replace(WORDING, texts={**WORDING.texts, "place": "Paris"})

    with pytest.raises(Unfit, match="fields"):
        engrave(page(WORDING), style=STYLE, wording=more, alphabets={**ALPHABETS, "place": LETTERS})


def test_each_field_keeps_to_its_own_letters() -> None:
    """The two names are in one face: what one may say does not let the other say it."""
    few = {**ALPHABETS, "first_names": "Zoé Afixe"}
    plate = engrave(page(WORDING), style=STYLE, wording=WORDING, alphabets=few)

    plate.draw(worded(birth_name="Martin"), identifier="x")
    with pytest.raises(Unfit, match="a letter"):
        plate.draw(replace(WORDING, texts={**WORDING.texts, "first_names": "Martin"}), identifier="x")


def test_another_heading_that_says_the_name_has_no_plate() -> None:
    """Both would be bookmarks of the next holder."""
    with pytest.raises(Unfit, match="a title"):
        plate_for(WORDING, f'<h2 style="position: absolute">{WORDING.texts["name"]}</h2>')


def test_another_version_of_weasyprint_has_no_plate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "WEASYPRINT", "70.1")

    with pytest.raises(Unfit, match="is not 70"):
        plate_for(WORDING)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda drawing: drawing, True),
        (lambda drawing: drawing.replace(b"100.5", b"100.500001"), True),
        (lambda drawing: drawing.replace(b"100.5", b"100.50001"), False),
        (lambda drawing: drawing.replace(b"0041", b"0042"), False),
        (lambda drawing: drawing.replace(b"Tm", b"Td"), False),
        (lambda drawing: drawing + b"\nf", False),
    ],
)
def test_two_drawings_agree_to_the_last_decimal(change: Callable[[bytes], bytes], same: bool) -> None:
    drawing = b"BT\n1 0 0 -1 100.5 20 Tm\n/ABCDEF 12 Tf\n[<0041>] TJ\nET"

    assert compiled._agree(change(drawing), drawing) is same
