"""One whole session of the CQP gestionnaire conseil, by its people, from its opening to its certificates."""

import io
import re

from django.core import mail
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from candidates.models import Enrolment
from juries.models import Certificate
from tests.browser.conftest import SignedIn
from tests.browser.person import Grid, Person, today
from tests.cast import Cast, email_of

LEFEVRE, BERNARD, DURAND = "LEFÈVRE Alice", "BERNARD Bruno", "DURAND Denise"
MOREAU, PETIT, ROUX = "MOREAU Émile", "PETIT Fanny", "ROUX Gilles"
EVERYBODY = (BERNARD, DURAND, LEFEVRE, MOREAU, PETIT, ROUX)

CC_TC, CC_OPT = "Contrôle continu du tronc commun", "Contrôle continu de l’option"
ECRIT, ORAL, APT = "Épreuve écrite", "Épreuve orale", "Applications professionnelles tutorées"
ARGUMENT = "Le dossier présenté n’est pas celui de la candidate."
MOTIVE = "Le jury suit l’avis du jury local, après avoir entendu la candidate."
PASSWORD = "une-autre-phrase-de-passe"

HEADINGS = (
    "Nom de naissance;Prénoms;Date de naissance;Lieu de naissance;Adresse électronique;Option;Organisme;"
    "Type de contrat;Nom du tuteur;Prénom du tuteur;Adresse électronique du tuteur;Nom du manager;"
    "Prénom du manager;Adresse électronique du manager;Pass suivi;Premier jour de Prem’ss"
)
PEOPLE = f"Tissot;Thomas;{email_of('tutor')};Mercier;Maud;{email_of('manager')};oui;"


def lines(*rows: str) -> bytes:
    """A list of candidates as French Excel writes it."""
    start = f"{today(-200):%d/%m/%Y}"
    return ("\r\n".join([HEADINGS, *(f"{row}{PEOPLE}{start}" for row in rows)]) + "\r\n").encode("cp1252")


def the_list() -> tuple[str, ...]:
    return (
        "Bernard;Bruno;02/02/1991;Lyon;bruno@exemple.fr;MALADIE;CPAM-LYO;CDI;",
        "Durand;Denise;03/03/1992;Vienne;denise@exemple.fr;CARRIERE;CARSAT-LYO;CDI;",
        "Moreau;Émile;04/04/1993;Bron;emile@exemple.fr;TARIF_ATMP;CARSAT-LYO;CDD;",
        "Petit;Fanny;05/05/1994;Oullins;fanny@exemple.fr;RECOUVREMENT;URSSAF-LYO;CDI;",
        "Roux;Gilles;06/06/1995;Givors;gilles@exemple.fr;SERVICE_MED;DRSM-LYO;CDI;",
    )


def test_a_session_from_its_opening_to_its_certificates(
    signed_in: SignedIn, visitor: Page, cast: Cast
) -> None:
    ucanss_opens(Person(signed_in(email_of("ucanss")), "gc-1-ucanss"))
    clerk = Person(signed_in(email_of("clerk")), "gc-2-crfp")
    clerk_enrols_one(clerk)
    clerk_imports_the_others(clerk)
    clerk_enters_marks(clerk)
    clerk_composes_the_jury(clerk)
    clerk_reads_what_is_missing(clerk)
    jurors_hear(signed_in)
    tutor_marks(Person(signed_in(email_of("tutor")), "gc-5-tuteur"))
    clerk_transmits(clerk)
    organisme = Person(signed_in(email_of("organisme")), "gc-7-organisme")
    nobody_knows_yet(organisme)
    candidate_chooses_a_password(Person(visitor, "gc-7-candidat"))
    candidate_knows_nothing_yet(Person(visitor, "gc-7-candidat-avant"))
    the_national_jury_decides(signed_in)
    candidate_reads_results(Person(visitor, "gc-8-candidat-apres"))
    organisme_reads_its_own(organisme)
    anybody_verifies(Person(visitor, "gc-9-visiteur"))


def ucanss_opens(ucanss: Person) -> None:
    """Step 1."""
    ucanss.follow("Sessions")
    ucanss.follow("Ouvrir une session")
    ucanss.follow(re.compile("Choisir.*gestionnaire conseil"))
    options = ucanss.page.get_by_role("checkbox")
    expect(options).to_have_count(6)
    for number in range(6):
        expect(options.nth(number)).to_be_checked()
    ucanss.fill(
        {
            "Clôture des inscriptions": today().isoformat(),
            "Premier jour des épreuves": today().isoformat(),
            "Dernier jour des épreuves": today().isoformat(),
            "Échéance de saisie des notes": today(9).isoformat(),
        }
    )
    ucanss.press("Continuer")
    ucanss.reads("un mois après le dernier jour des épreuves", "Gestionnaire du recouvrement")
    ucanss.press("Ouvrir la session")
    ucanss.reads(re.compile("est ouverte : les CRFP peuvent inscrire"))


def clerk_enrols_one(clerk: Person) -> None:
    """Step 2, by the form."""
    clerk.follow("Sessions")
    clerk.follow(re.compile("CQP Gestionnaire conseil"), clerk.page.get_by_role("main"))
    clerk.follow("CRFP de Lyon", clerk.page.get_by_role("main"))
    clerk.follow("Inscrire un candidat")
    clerk.press("Inscrire ce candidat")
    clerk.reads("À corriger avant de continuer")
    identity = {
        "Nom de naissance": "Lefèvre",
        "Prénoms": "Alice",
        "Date de naissance": "1990-01-01",
        "Lieu de naissance": "Lyon",
        "Adresse électronique": "alice@exemple.fr",
    }
    place = {"Option": "Technicien conseil allocataires", "Organisme": "CPAM du Rhône"}
    people = {
        "Nom du tuteur": "Tissot",
        "Prénom du tuteur": "Thomas",
        "Adresse électronique du tuteur": email_of("tutor"),
        "Nom du manager": "Mercier",
        "Prénom du manager": "Maud",
        "Adresse électronique du manager": email_of("manager"),
    }
    conditions = {
        "Type de contrat": "Contrat à durée indéterminée",
        "Parcours Pass suivi": "Oui",
        "Premier jour de Prem’ss": today(-300).isoformat(),
    }
    clerk.fill(identity | place | people | conditions)
    clerk.press("Inscrire ce candidat")
    clerk.reads(LEFEVRE)


def clerk_imports_the_others(clerk: Person) -> None:
    """Step 2, from a file: a wrong one first, of which nothing is kept."""
    if not clerk.page.get_by_role("link", name="Importer une liste").count():
        clerk.follow("CRFP de Lyon", clerk.page.get_by_role("main"))
    clerk.follow("Importer une liste")
    good = the_list()
    bad = (good[0].replace("MALADIE", "PLOMBERIE"), good[1].replace("03/03", "31/02"), *good[2:])
    _send(clerk, "candidats-faux.csv", lines(*bad))
    clerk.reads("À corriger dans le fichier", re.compile("ligne 2"), re.compile("ligne 3"))
    expect(clerk.page.get_by_role("button", name="Inscrire seulement ces 3 candidats")).to_be_visible()
    assert Enrolment.objects.count() == 1
    _send(clerk, "candidats.csv", lines(*good))
    clerk.does_not_read("À corriger dans le fichier")
    clerk.press("Inscrire 5 candidats")
    clerk.reads("5 candidats inscrits.")
    clerk.follow("Voir les candidats")
    clerk.reads(*EVERYBODY)
    assert Enrolment.objects.count() == 6


def _send(clerk: Person, name: str, content: bytes) -> None:
    chooser = clerk.page.get_by_role("main").locator("input[type=file]")
    chooser.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    clerk.press("Voir l’aperçu")


def clerk_enters_marks(clerk: Person) -> None:
    """Step 3, by the keyboard; the tutor keeps one for later."""
    clerk.follow("Saisir les notes")
    grid = Grid(clerk)
    grid.type_column(CC_TC, dict.fromkeys(EVERYBODY, "14"))
    grid.type_column(CC_OPT, dict.fromkeys(EVERYBODY, "13,5"))
    written = dict.fromkeys(EVERYBODY, "12")
    grid.type_column(ECRIT, written | {BERNARD: "6", MOREAU: "ABS"})
    grid.type_column(APT, {name: "16" for name in EVERYBODY if name < LEFEVRE})
    grid.cell(MOREAU, APT).focus()
    for _ in (MOREAU, PETIT):
        grid.type("16")
    grid.type("25")
    grid.is_refused(ROUX, APT, re.compile("20"))
    expect(grid.cell(ROUX, APT)).to_have_value("25")
    clerk.look()
    grid.cell(ROUX, APT).fill("15")
    clerk.page.keyboard.press("Enter")
    grid.is_saved(ROUX, APT, "15")
    expect(clerk.page.locator("#reste")).to_contain_text("1 note à saisir")
    clerk.look()


def clerk_composes_the_jury(clerk: Person) -> None:
    """Step 4: two seats in this regulation, somebody known and somebody new."""
    clerk.follow("CRFP de Lyon", clerk.page.get_by_role("main"))
    clerk.follow("Composer les jurys")
    clerk.fill({"Nom du jury": "Jury A", "Date de réunion": today(2).isoformat(), "Lieu": "Lyon"})
    clerk.press("Créer le jury")
    clerk.reads(re.compile("Composition incomplète"))
    branch = clerk.section("Représentant de la branche de l’option")
    branch.get_by_label("Membre déjà connu").select_option(label="PERRIN Paule")
    branch.get_by_label("Préside le jury").check()
    clerk.press(re.compile("Attribuer le siège"), branch)
    craft = clerk.section("Professionnel du métier")
    craft.get_by_text("Quelqu’un qui n’est pas dans la liste").click()
    known = {"Nom": "Joly", "Prénom": "Jeanne", "Adresse électronique": email_of("juror")}
    clerk.fill(known, craft)
    clerk.press(re.compile("Attribuer le siège"), craft)
    clerk.press("Affecter les candidats cochés")
    clerk.reads("6 candidats affectés à Jury A.")
    clerk.does_not_read(re.compile("Composition incomplète"))


def clerk_reads_what_is_missing(clerk: Person) -> None:
    """Step 5, too early: what is missing, by name, and nothing is sent."""
    clerk.follow("CRFP de Lyon", clerk.page.get_by_role("main"))
    clerk.follow("Préparer la transmission")
    clerk.reads(re.compile(f"{LEFEVRE} : note manquante"), re.compile(f"À entendre encore : .*{ROUX}"))
    expect(clerk.page.get_by_role("button", name="Transmettre au jury national")).to_be_disabled()


def jurors_hear(signed_in: SignedIn) -> None:
    """Step 4 again: the jury hears six candidates, and its president closes it."""
    juror = Person(signed_in(email_of("juror")), "gc-3-jury")
    juror.follow(re.compile("Ouvrir.*Entendre 6 candidats"))
    juror.follow("Candidat suivant")
    for name in EVERYBODY:
        juror.reads(name)
        hear(juror, unfavourable=name == DURAND)
        if name != EVERYBODY[-1]:
            juror.follow(re.compile("candidat suivant"))
    president = Person(signed_in(email_of("jury_president")), "gc-4-presidente")
    president.follow(re.compile("Clore Jury A"))
    president.reads("5 avis d’attribution, 1 avis de non-attribution.", ARGUMENT)
    president.press("Clore le jury")
    president.reads("Jury A est clos : ce qu’il a jugé est figé.")
    president.follow(DURAND)
    expect(president.page.get_by_role("main").get_by_role("textbox")).to_have_count(0)


def hear(juror: Person, *, unfavourable: bool) -> None:
    """One mark, one opinion; an unfavourable one is refused without its argument."""
    juror.fill({ORAL: "15"})
    juror.page.get_by_label("Non-attribution" if unfavourable else "Attribution du CQP").check()
    juror.press("Enregistrer")
    if unfavourable:
        juror.reads(re.compile("doit être argumenté"))
        expect(juror.field(ORAL)).to_have_value("15")
        juror.fill({"Argument": ARGUMENT})
        juror.press("Enregistrer")
    juror.reads(re.compile("enregistré"))


def tutor_marks(tutor: Person) -> None:
    """Step 3 again: the tutor gives the mark the clerk left."""
    tutor.follow("Mes stagiaires")
    tutor.follow(re.compile(f"Noter.*{LEFEVRE}"))
    tutor.page.get_by_label(re.compile(rf"^\s*{APT}")).fill("17,25")
    tutor.press("Enregistrer")
    tutor.reads(re.compile(f"Note enregistrée : {LEFEVRE}"))


def clerk_transmits(clerk: Person) -> None:
    """Step 5: each block is transmitted by who answers for it, then the whole; sent, it is locked."""
    clerk.page.reload()
    clerk.look()
    clerk.follow(re.compile(f"Transmettre les notes.*{ECRIT}"))
    clerk.transmit_blocks(CC_TC, CC_OPT, ECRIT, APT)
    clerk.follow("Préparer la transmission")
    clerk.reads(re.compile("6 dossiers.* partent"), "avis de non-attribution")
    clerk.press("Transmettre au jury national")
    clerk.reads(re.compile("verrouillés"))
    clerk.follow("CRFP de Lyon", clerk.page.get_by_role("main"))
    clerk.follow("Voir les notes")
    expect(clerk.page.get_by_role("main").get_by_role("textbox")).to_have_count(0)
    clerk.reads("17,25")


def nobody_knows_yet(organisme: Person) -> None:
    organisme.follow("Mes candidats")
    organisme.reads(LEFEVRE, BERNARD)
    organisme.does_not_read(DURAND, MOREAU, re.compile("ertifié"))


def candidate_chooses_a_password(visitor: Person) -> None:
    """An account comes without password: its owner asks for a link."""
    visitor.follow(re.compile("Mot de passe oublié"))
    visitor.page.get_by_role("main").locator("input[type=email]").fill("alice@exemple.fr")
    visitor.press("Recevoir le lien")
    visitor.reads("Message envoyé")
    (address,) = re.findall(r"https?://[^/]+(/\S+)", str(mail.outbox[-1].body))
    visitor.page.goto(address)
    visitor.look()
    for box in visitor.page.locator("input[type=password]").all():
        box.fill(PASSWORD)
    visitor.press("Enregistrer ce mot de passe")
    visitor.follow("Se connecter", visitor.page.get_by_role("main"))
    visitor.page.get_by_role("main").locator("input[type=email]").fill("alice@exemple.fr")
    visitor.page.get_by_role("main").locator("input[type=password]").fill(PASSWORD)
    visitor.press("Se connecter", visitor.page.get_by_role("main"))


def candidate_knows_nothing_yet(candidate: Person) -> None:
    candidate.follow("Mes résultats")
    candidate.reads("Les résultats seront consultables après la proclamation.")
    candidate.fill({"Numéro d’identification": _number()})
    candidate.press("Voir mes résultats")
    candidate.does_not_read("17,25", re.compile("ertifié"))


def _number() -> str:
    """The number on the slip given to the candidate at the written examination."""
    return Enrolment.objects.get(candidate__birth_name="Lefèvre").number


def the_national_jury_decides(signed_in: SignedIn) -> None:
    """Step 6."""
    president = Person(signed_in(email_of("cpnefp_president")), "gc-6-cpnefp-presidente")
    president.follow(re.compile("Ouvrir la séance"))
    president.fill({"Date de la séance": today().isoformat(), "Lieu": "Paris"})
    president.press("Ouvrir la séance")
    president.everybody_sits("CARON Cyril (Salariés)")
    president.page.get_by_text("Adopter les 3 dossiers favorables").first.click()
    president.look()
    president.press("Adopter les 3 dossiers favorables", president.page.locator(".confirm-panel"))
    president.reads("3 dossiers favorables adoptés.")
    member_decides(Person(signed_in(email_of("cpnefp_salaries")), "gc-6-cpnefp-membre"))
    president.home()
    president.follow(re.compile("Proclamer"), president.page.get_by_role("main"))
    president.reads(re.compile("3 candidats certifiés"), re.compile("3 candidats non certifiés"), DURAND)
    president.proclaims()
    president.reads("La session est proclamée. Les résultats sont ouverts, les certificats disponibles.")
    expect(president.row(LEFEVRE).get_by_role("link", name=re.compile("^Certificat"))).to_be_visible()
    expect(president.row(DURAND).get_by_role("link", name=re.compile("^Certificat"))).to_have_count(0)
    president.follow("Certificats", president.page.get_by_role("main"))
    president.reads(LEFEVRE, PETIT, ROUX)
    president.does_not_read(DURAND)


def member_decides(member: Person) -> None:
    """Three files need a human; one decision departs from the arithmetic, with its motive."""
    member.follow(re.compile("Délibérer"))
    member.follow(DURAND)
    member.reads(ARGUMENT)
    member.page.get_by_label("Non certifié").check()
    member.press("Enregistrer et suivant")
    member.reads(re.compile("indiquez le motif"))
    member.fill({"Motif": MOTIVE})
    member.press("Enregistrer et suivant")
    for _ in (BERNARD, MOREAU):
        member.page.get_by_label("Non certifié").check()
        member.press("Enregistrer et suivant")
    member.reads(re.compile("Décision enregistrée"))


def candidate_reads_results(candidate: Person) -> None:
    """Step 7: the number of somebody else first, then one's own."""
    candidate.home()
    candidate.follow(re.compile("Consulter"))
    other = Enrolment.objects.get(candidate__birth_name="Roux").number
    candidate.fill({"Numéro d’identification": other})
    candidate.press("Voir mes résultats")
    candidate.reads(re.compile("Ce numéro n’ouvre aucun résultat"))
    candidate.fill({"Numéro d’identification": _number().lower()})
    candidate.press("Voir mes résultats")
    candidate.reads("Vous êtes certifié(e)", "17,25", re.compile("13,5"))
    link = candidate.page.get_by_role("link", name=re.compile("Télécharger mon certificat"))
    answer = candidate.page.request.get(str(link.get_attribute("href")))
    content = answer.body()
    assert content.startswith(b"%PDF")
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert "LEFÈVRE" in text.upper()
    assert "Alice" in text


def organisme_reads_its_own(organisme: Person) -> None:
    """Certified or not, its own candidates only, and no mark but the option's (R38, R39)."""
    organisme.home()
    organisme.follow("Mes candidats")
    expect(organisme.row(LEFEVRE)).to_contain_text(re.compile("Certifié"))
    expect(organisme.row(BERNARD)).to_contain_text(re.compile("Non certifié"))
    organisme.does_not_read(DURAND, MOREAU, PETIT, ROUX, "17,25")
    organisme.reads(re.compile("13,5"))


def anybody_verifies(visitor: Person) -> None:
    certificate = Certificate.objects.get(decision__enrolment__candidate__birth_name="Lefèvre")
    visitor.follow("Vérifier un certificat", visitor.page.get_by_role("contentinfo"))
    visitor.fill({"Code de vérification": "00000-00000-0"})
    visitor.press("Vérifier le code")
    visitor.does_not_read("Ce certificat est authentique")
    visitor.fill({"Code de vérification": certificate.code})
    visitor.press("Vérifier le code")
    visitor.reads("Ce certificat est authentique", re.compile("LEFÈVRE"))
