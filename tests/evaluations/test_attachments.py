"""What is joined is what it says by its content; whatever acts, hides or exceeds is refused."""

import io
from typing import Any

import pikepdf
import pytest
from PIL import Image

from cqp.workflow import Refusal
from evaluations.attachments import MAX_BYTES, check, clean_name
from tests.evaluations.carnets import pdf, picture

HTML = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def action(kind: str, **more: Any) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name(f"/{kind}"), **more)


def locked() -> bytes:
    out = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def with_file() -> bytes:
    out = io.BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.attachments["virus.exe"] = b"MZ"
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("vide.pdf", b"", "vide"),
        ("page.pdf", HTML, "ni un PDF"),
        ("dessin.png", SVG, "ni un PDF"),
        ("photo.jpg", b"GIF89a" + b"0" * 50, "ni un PDF"),
        ("photo.png", b"\x89PNG\r\n\x1a\n" + HTML, "ne peut pas être lu"),
        ("carnet.pdf", b"%PDF-1.7\n" + HTML, "autre chose que son document"),
        ("carnet.pdf", pdf() + HTML, "autre chose que son document"),
        ("carnet.pdf", b"%PDF-1.7\nrien\n%%EOF", "ne peut pas être lu"),
        ("lourd.pdf", b"%PDF-" + b"0" * MAX_BYTES, "5 Mo"),
        ("secret.pdf", locked(), "mot de passe"),
        ("long.pdf", pdf(51), "50 pages"),
        ("joint.pdf", with_file(), "caché"),
        ("js.pdf", pdf(OpenAction=action("JavaScript", JS="app.alert(1)")), "code"),
        ("lance.pdf", pdf(Suite=pikepdf.Array([action("Launch", F="cmd.exe")])), "code"),
        ("aa.pdf", pdf(AA=pikepdf.Dictionary()), "code"),
        ("xfa.pdf", pdf(AcroForm=pikepdf.Dictionary(XFA="x")), "code"),
        ("riche.pdf", pdf(Annot=pikepdf.Dictionary(Subtype=pikepdf.Name("/RichMedia"))), "code"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_in_one_sentence(name, content, sentence):
    with pytest.raises(Refusal, match=sentence):
        check(name, content)


def test_a_picture_of_too_many_points_is_refused_before_it_is_unpacked():
    with pytest.raises(Refusal, match="trop grande"):
        check("bombe.png", picture("PNG", (8000, 8000)))


@pytest.mark.parametrize(("kind", "ending"), [("JPEG", ".jpg"), ("PNG", ".png")])
def test_a_picture_is_drawn_anew_without_what_it_said_besides(kind, ending):
    exif = Image.Exif()
    exif[0x010E] = "SECRET-LIEU"
    kept = check("C:\\photos\\visite.exe", picture(kind, exif=exif) + b"<script>fin</script>")
    assert kept.name == f"visite{ending}"
    assert b"SECRET-LIEU" not in kept.content
    assert b"script" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as drawn:
        assert (drawn.format, drawn.size) == (kind, (40, 30))


def test_a_grey_of_sixteen_bits_keeps_its_grey():
    file = io.BytesIO()
    Image.new("I;16", (4, 4), 0x8000).save(file, "PNG")
    with Image.open(io.BytesIO(check("logo.png", file.getvalue()).content)) as drawn:
        assert drawn.convert("L").getpixel((0, 0)) == 128


def test_a_plain_pdf_is_kept_as_it_is():
    content = pdf(2)
    assert check("compte-rendu.PDF", content).content == content


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\boot.ini", "boot.pdf"),
        ("a\x00\r\nb.pdf", "ab.pdf"),
        ('x";\u202efdp.exe', "xfdp.pdf"),
        ("..", "piece.pdf"),
        ("é" * 300 + ".pdf", "é" * 116 + ".pdf"),
    ],
)
def test_a_name_keeps_neither_path_nor_tricks(name, kept):
    assert clean_name(name, "application/pdf") == kept
