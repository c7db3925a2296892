"""An employer drops the file of a certificate on the public page, then the same one with a bit changed."""

import base64
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from candidates.models import Enrolment, SessionPart
from cqp.seal import seal_pdf
from juries.certificates import certificate_pdf
from juries.models import Certificate
from tests.browser.person import PHONE, Person
from tests.cast import Cast
from tests.cqp.seals import AT, configured, flipped
from tests.juries.rectification_scenes import proclaimed_three

DROP = """([content, name]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name, { type: "application/pdf" }));
  const form = document.querySelector("[data-drop]");
  for (const kind of ["dragover", "drop"]) {
    form.dispatchEvent(new DragEvent(kind, { dataTransfer: dropped, bubbles: true, cancelable: true }));
  }
}"""


def drop(person: Person, pdf: bytes, name: str) -> None:
    person.page.evaluate(DROP, [base64.b64encode(pdf).decode(), name])
    person.reads(f"Fichier choisi : {name}")
    person.press("Vérifier le fichier")


def test_a_dropped_file_is_recognised_and_an_altered_one_refused(
    cast: Cast, gc_part: SessionPart, visitor: Page, settings: Any, tmp_path: Path
) -> None:
    configured(settings, tmp_path)
    certified: Enrolment = proclaimed_three(cast, gc_part)[0]
    certificate = Certificate.objects.get(decision__enrolment=certified)
    pdf = seal_pdf(certificate_pdf(certificate), at=AT)
    visitor.goto("/verifier/")
    employer = Person(visitor, "verification")
    drop(employer, pdf, "certificat.pdf")
    employer.reads("Le fichier est intact", "Ce certificat est authentique", certificate.number)

    employer.page.set_viewport_size(PHONE)
    drop(employer, flipped(pdf, 5_000, 1), "retouche.pdf")
    employer.reads("Ce fichier a été modifié")
    assert employer.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    employer.page.set_input_files("input[type=file]", files={
        "name": "texte.pdf", "mimeType": "application/pdf", "buffer": b"Bonjour",
    })  # fmt: skip
    employer.press("Vérifier le fichier")
    employer.reads("Ce fichier ne se lit pas")
    employer.page.goto(f"/v/{certificate.code}/")
    employer.look()
    employer.reads("Ce certificat est authentique", certified.candidate.birth_place)
    assert employer.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
