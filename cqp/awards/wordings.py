"""The places of the documents whose words the Ucanss may write, and what they say by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A text of a document: which, how it is called on the screen, what it says by itself, its length."""

    document: str
    key: str
    label: str
    default: str
    longest: int

    @property
    def name(self) -> str:
        """As a field of a form."""
        return f"{self.document}_{self.key}"


DOCUMENTS = {
    "certificate": "Parchemin",
    "bloc_certificate": "Certificat de bloc",
    "transcript": "Relevé de notes",
    "letter": "Courrier de notification",
    "attestation": "Attestation provisoire",
}
_MET = "Le jury national paritaire, réuni le {date} à {lieu}, "

PLACES = (
    Place("certificate", "awarded", "Au-dessus du nom", "délivré à", 60),
    Place("bloc_certificate", "awarded", "Au-dessus du nom", "délivré à", 60),
    Place("transcript", "closing", "Au bas du relevé", "", 400),
    Place(
        "letter", "certified", "Candidat certifié",
        f"{_MET}vous a délivré le {{certification}}. Toutes nos félicitations.", 1000,
    ),
    Place(
        "letter", "not_certified", "Candidat non certifié",
        f"{_MET}a examiné votre dossier. Au vu de vos résultats, il ne vous a pas délivré le "
        "{certification}.",
        1000,
    ),
    Place(
        "letter", "deferred", "Candidat reporté",
        f"{_MET}a examiné votre dossier. Il ne peut pas encore se prononcer : votre situation est reportée à "
        "une prochaine session.",
        1000,
    ),
    Place("letter", "contest", "Contester la décision", "", 1000),
    Place(
        "letter", "closing", "Formule de politesse",
        "Je vous prie d’agréer, Madame, Monsieur, l’expression de mes salutations distinguées.", 300,
    ),
    Place(
        "attestation", "body", "Ce qui est attesté",
        "a satisfait aux épreuves et s’est vu délivrer par le jury national paritaire, réuni le {date} à "
        "{lieu}, le {certification}.",
        800,
    ),
    Place(
        "attestation", "validity", "Validité",
        "La présente attestation est établie dans l’attente du parchemin, qui seul fait foi. Elle cesse de "
        "valoir à sa remise.",
        400,
    ),
)  # fmt: skip

Wording = Mapping[str, Mapping[str, str]]


def words_of(wording: Wording, document: str) -> dict[str, str]:
    """Every text of a document: what a stationery says, else what the document says by itself."""
    said = wording.get(document, {})
    return {place.key: said.get(place.key) or place.default for place in PLACES if place.document == document}
