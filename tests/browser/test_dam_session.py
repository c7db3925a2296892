"""One whole session of the CQP délégué de l'assurance maladie: carnet, retake, jury of three, deferral."""

import io
import re

import xlsxwriter
from playwright.sync_api import Page, expect

from candidates.models import Enrolment
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Grid, Person, today
from tests.cast import Cast, email_of

ADAM, BLANC, COLAS, DENIS = "ADAM Anne", "BLANC Boris", "COLAS Clara", "DENIS Didier"
EVERYBODY = (ADAM, BLANC, COLAS, DENIS)
CARNET, CC, RETAKE = "Carnet de validation", "Contrôle continu", "Rattrapage"
MEMOIRE, ORAL = "Mémoire", "Oral"


def workbook() -> bytes:
    """The list as a spreadsheet."""
    people = {
        "Nom du tuteur": "Tissot",
        "Prénom du tuteur": "Thomas",
        "Adresse électronique du tuteur": email_of("tutor"),
        "Nom du manager": "Mercier",
        "Prénom du manager": "Maud",
        "Adresse électronique du manager": email_of("manager"),
        "Type de contrat": "CDI",
        "Organisme": "CPAM du Rhône",
    }
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        headings = ["Nom", "Prénoms", "Date de naissance", "Lieu de naissance", "Courriel", *people]
        sheet.write_row(0, 0, headings)
        for row, name in enumerate(EVERYBODY, start=1):
            last, first = name.split()
            own = [last, first, f"0{row}/06/1990", "Lyon", f"{first.lower()}@exemple.fr"]
            sheet.write_row(row, 0, [*own, *people.values()])
    return out.getvalue()


def test_a_session_with_a_retake_and_a_deferral(signed_in: SignedIn, cast: Cast) -> None:
    ucanss_opens(Person(signed_in(email_of("ucanss")), "dam-1-ucanss"))
    clerk = Person(signed_in(email_of("clerk")), "dam-2-crfp")
    clerk_imports_a_spreadsheet(clerk)
    manager_marks_on_a_phone(signed_in(email_of("manager")))
    clerk_enters_a_retake(clerk)
    clerk_composes_the_jury(clerk)
    jury_hears(Person(signed_in(email_of("jury_president")), "dam-4-jury"))
    clerk_transmits(clerk)
    national_jury_proclaims(Person(signed_in(email_of("cpnefp_president")), "dam-5-cpnefp"))
    candidate_reads(Person(signed_in("boris@exemple.fr"), "dam-6-boris"), BLANC, "Vous êtes certifié(e)")
    deferred = "Votre situation sera examinée à une autre session"
    candidate_reads(Person(signed_in("clara@exemple.fr"), "dam-6-clara"), COLAS, deferred)


def ucanss_opens(ucanss: Person) -> None:
    ucanss.follow("Sessions")
    ucanss.follow("Ouvrir une session")
    ucanss.follow(re.compile("Choisir.*règlement par points"))
    expect(ucanss.page.get_by_role("checkbox")).to_have_count(0)
    days = {
        "Clôture des inscriptions": today().isoformat(),
        "Premier jour des épreuves": today().isoformat(),
        "Dernier jour des épreuves": today(-3).isoformat(),
        "Échéance de saisie des notes": today(9).isoformat(),
    }
    ucanss.fill(days)
    ucanss.press("Continuer")
    ucanss.reads("Le dernier jour des épreuves précède le premier.")
    ucanss.fill({"Dernier jour des épreuves": today().isoformat()})
    ucanss.press("Continuer")
    ucanss.press("Ouvrir la session")
    ucanss.reads(re.compile("est ouverte : les CRFP peuvent inscrire"))


def clerk_imports_a_spreadsheet(clerk: Person) -> None:
    clerk.follow("Sessions")
    clerk.follow(re.compile("CQP Délégué"), clerk.page.get_by_role("main"))
    clerk.follow("CRFP de Lyon", clerk.page.get_by_role("main"))
    clerk.follow("Importer une liste")
    chooser = clerk.page.get_by_role("main").locator("input[type=file]")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    chooser.set_input_files({"name": "candidats.xlsx", "mimeType": kind, "buffer": workbook()})
    clerk.press("Voir l’aperçu")
    clerk.press("Inscrire 4 candidats")
    clerk.reads("4 candidats inscrits.")
    clerk.follow("Voir les candidats")
    clerk.reads(*EVERYBODY)
    clerk.follow(re.compile("Numéros d’identification"))
    clerk.reads(*EVERYBODY)
    clerk.follow("CRFP de Lyon", clerk.page.get_by_role("main"))


def manager_marks_on_a_phone(page: Page) -> None:
    """Between two visits, one carnet after the other; a mark out of scale is refused beside its field."""
    page.set_viewport_size(PHONE)
    manager = Person(page, "dam-3-manager")
    manager.follow("Mes stagiaires")
    for name in EVERYBODY:
        manager.follow(re.compile(f"Noter.*{name}"))
        fields = page.locator("input[inputmode=decimal]")
        expect(fields).to_have_count(5)
        if name == ADAM:
            fields.first.fill("21")
            manager.press("Enregistrer")
            manager.reads(re.compile("hors barème"))
            expect(fields.first).to_have_value("21")
        for place, points in enumerate(("14", "14,5", "15", "13", "14")):
            fields.nth(place).fill(points)
        manager.press("Enregistrer")
        manager.reads(f"Carnet de {name} : 70,5 points.")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def clerk_enters_a_retake(clerk: Person) -> None:
    """The retake opens where the first mark is eliminatory, and nowhere else (R7)."""
    clerk.follow("Saisir les notes")
    grid = Grid(clerk)
    for name in EVERYBODY:
        expect(grid.cell(name, CARNET)).to_have_value("70,5")
        expect(grid.cell(name, RETAKE)).to_have_count(0)
    grid.type_column(CC, {ADAM: "28", BLANC: "11,75", COLAS: "12", DENIS: "30"})
    expect(grid.cell(BLANC, RETAKE)).to_be_editable()
    for name in (ADAM, COLAS, DENIS):
        expect(grid.cell(name, RETAKE)).to_have_count(0)
    clerk.look()
    grid.cell(BLANC, RETAKE).fill("20")
    clerk.page.keyboard.press("Enter")
    grid.is_saved(BLANC, RETAKE, "20")
    clerk.page.reload()
    clerk.look()
    expect(grid.cell(BLANC, RETAKE)).to_have_value("20")


def clerk_composes_the_jury(clerk: Person) -> None:
    """Three seats (R12); neither the tutor nor the manager may take one (R56)."""
    clerk.follow("CRFP de Lyon", clerk.page.get_by_role("main"))
    clerk.follow("Composer les jurys")
    clerk.fill({"Nom du jury": "Jury des DAM", "Date de réunion": today(2).isoformat(), "Lieu": "Lyon"})
    clerk.press("Créer le jury")
    clerk.press("Affecter les candidats cochés")
    clerk.reads("4 candidats affectés à Jury des DAM.")
    refused = (("Tissot", "Thomas", "tutor", "tuteur"), ("Mercier", "Maud", "manager", "manager"))
    for last, first, account, quality in refused:
        seat_somebody_new(clerk, "Expert métier", last, first, email_of(account))
        clerk.reads(f"{last.upper()} {first} est {quality} de {ADAM} : nul ne peut être juge et partie")
    seats = {
        "Représentant de la Branche": "PERRIN Paule",
        "Représentant de l’UCANSS": "JACQUET Jules",
        "Expert métier": "JOLY Jeanne",
    }
    for quality, juror in seats.items():
        seat = clerk.section(quality)
        seat.get_by_label("Membre déjà connu").select_option(label=juror)
        if juror == "PERRIN Paule":
            seat.get_by_label("Préside le jury").check()
        clerk.press(re.compile("Attribuer le siège"), seat)
    clerk.does_not_read(re.compile("Composition incomplète"))


def seat_somebody_new(clerk: Person, quality: str, last: str, first: str, email: str) -> None:
    seat = clerk.section(quality)
    newcomer = seat.get_by_label("Prénom")
    if not newcomer.is_visible():
        seat.get_by_text("Quelqu’un qui n’est pas dans la liste").click()
    clerk.fill({"Nom": last, "Prénom": first, "Adresse électronique": email}, seat)
    clerk.press(re.compile("Attribuer le siège"), seat)


def jury_hears(president: Person) -> None:
    """Mémoire and oral on one sheet; one candidate is excused, and needs no opinion."""
    marks = {ADAM: ("20", "22"), BLANC: ("18", "19,5"), COLAS: ("16", "ABJ"), DENIS: ("8", "20")}
    president.follow(re.compile("Ouvrir.*Entendre 4 candidats"))
    for name, (memoire, oral) in marks.items():
        president.follow(name)
        president.fill({MEMOIRE: memoire, ORAL: oral})
        if name != COLAS:
            president.page.get_by_label("Attribution du CQP").check()
        president.press("Enregistrer")
        president.reads(re.compile(f"{name} : enregistré"))
        president.follow("Jury des DAM", president.page.get_by_role("main"))
    president.follow("Délibérer et clore le jury")
    president.reads(re.compile("1 candidat en absence justifiée"))
    president.press("Clore le jury")
    president.reads(re.compile("Jury des DAM est clos"))


def clerk_transmits(clerk: Person) -> None:
    clerk.follow("CRFP de Lyon", clerk.page.get_by_role("main"))
    clerk.follow("Épreuves et transmission")
    clerk.transmit_blocks("Carnet de validation", "Contrôle continu")
    clerk.follow("Préparer la transmission")
    clerk.reads(COLAS, re.compile("absence justifiée : "), DENIS)
    clerk.press("Transmettre au jury national")
    clerk.reads(re.compile("verrouillés"))


def national_jury_proclaims(president: Person) -> None:
    """A deferred file can only be deferred (A5)."""
    president.follow(re.compile("Ouvrir la séance"))
    president.fill({"Date de la séance": today().isoformat(), "Lieu": "Paris"})
    president.press("Ouvrir la séance")
    president.everybody_sits("CARON Cyril (Salariés)")
    president.follow(COLAS)
    outcome = president.page.locator("input[name=outcome]")
    expect(outcome).to_have_count(1)
    outcome.check()
    president.press("Enregistrer")
    president.follow(re.compile(r"^DAM-"), president.page.get_by_role("main"))
    president.follow(DENIS)
    president.page.get_by_label("Non certifié").check()
    president.press("Enregistrer")
    president.follow(re.compile(r"^DAM-"), president.page.get_by_role("main"))
    president.page.get_by_text(re.compile("Adopter les 2 dossiers favorables")).first.click()
    president.press("Adopter les 2 dossiers favorables", president.page.locator(".confirm-panel"))
    president.follow("Proclamer la session")
    president.reads(re.compile("2 candidats certifiés"), re.compile("1 candidat non certifié, 1 reporté"))
    president.proclaims()
    president.reads(re.compile("La session est proclamée"))


def candidate_reads(candidate: Person, name: str, outcome: str) -> None:
    candidate.follow(re.compile("Consulter"))
    number = Enrolment.objects.get(candidate__birth_name__iexact=name.split()[0]).number
    candidate.fill({"Numéro d’identification": number})
    candidate.press("Voir mes résultats")
    candidate.reads(outcome)
