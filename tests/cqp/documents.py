"""What the two documents are given to print, in an ordinary case and in the longest one the models allow."""

from typing import Any

from cqp.qr import paths_of
from evaluations.reference import regulation_data
from evaluations.scoring import BlocScheme, account_of, judge_all

CERTIFICATE: dict[str, Any] = {
    "certifiers": ["Ucanss", "CPNEFP du régime général de Sécurité sociale"],
    "title": "Certificat de qualification professionnelle Gestionnaire conseil de la Sécurité sociale",
    "option": "Technicien conseil allocataires",
    "holder": {
        "name": "Marie Noëlle LEFÈVRE",
        "birth_name": "DUPÂQUIER",
        "used_name": "LEFÈVRE",
        "first_names": "Marie Noëlle",
        "birth_date": "1er mars 1988",
        "birth_place": "L’Haÿ-les-Roses",
    },
    "registration": {
        "code": "RNCP35729",
        "level": "5",
        "eu_level": "5",
        "nsf_codes": "313t, 300",
        "decided_on": "8 juillet 2021",
    },
    "decision_date": "12 janvier 2027",
    "decision_iso": "2027-01-12",
    "place": "Paris",
    "session": "CQP Gestionnaire conseil, décembre 2026",
    "number": "GC-2026-12-00001",
    "signatory": {"name": "Jeanne MARTIN", "quality": "La présidence de la CPNEFP"},
    "code": "7K2QM-93XTA-4",
    "digest": "1f0c7a9e33b2d01c",
    "qr": paths_of("https://cqp.example.fr/v/7K2QM-93XTA-4"),
}

DAM: dict[str, Any] = CERTIFICATE | {
    "title": "Certificat de qualification professionnelle Délégué de l’assurance maladie",
    "option": "",
    "registration": None,
}


def _of(words: str, length: int) -> str:
    """The words again and again, until exactly that many characters."""
    return (words * length)[:length].strip().ljust(length, ".")


LONGEST: dict[str, Any] = CERTIFICATE | {
    "title": _of(f"{CERTIFICATE['title']} en relation de service et réglementation ", 200),
    "option": _of("Technicien conseil assurance maladie et accidents du travail ", 120),
    "holder": {
        "name": f"{_of('Jean Baptiste Théodore ', 120)} {_of('DE LA ROCHE-VERDIÈRE ', 80)}",
        "birth_name": _of("VANDENBROUCKE DE SAINT-HILAIRE ", 80),
        "used_name": _of("DE LA ROCHE-VERDIÈRE ", 80),
        "first_names": _of("Jean Baptiste Théodore ", 120),
        "birth_date": "23 septembre 1988",
        "birth_place": _of("Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson (Marne) ", 120),
    },
    "place": _of("Saint-Martin-d’Hères ", 120),
    "session": _of("CQP Gestionnaire conseil, décembre 2026 ", 80),
    "signatory": {
        "name": f"Jean-Christophe {_of('DE LA ROCHE-VERDIÈRE ', 80)}",
        "quality": _of("La présidence de la commission paritaire nationale de l’emploi ", 120),
    },
}

# A name of the widest letter without a space, the worst a hostile holder can do to the layout.
WIDEST: dict[str, Any] = CERTIFICATE | {
    "holder": {
        "name": f"{'W' * 120} {'W' * 80}",
        "birth_name": "W" * 80,
        "used_name": "W" * 80,
        "first_names": "W" * 120,
        "birth_date": "23 septembre 1988",
        "birth_place": "W" * 120,
    },
}


def _block(label: str, mark: str, coefficient: str, points: str, maximum: str, **more: Any) -> dict[str, Any]:
    """A block as a proclamation froze it; no threshold and no retake unless said."""
    return {
        "label": label,
        "mark": mark,
        "first_mark": mark,
        "retake_used": False,
        "scale": "20",
        "coefficient": coefficient,
        "weighted": points,
        "weighted_max": maximum,
        "threshold": "",
        "distance": None,
        "eliminatory": False,
    } | more


IN_POINTS: dict[str, Any] = {
    "blocks": [
        _block("Contrôle continu du tronc commun", "12,5", "1", "12.5", "20"),
        _block("Contrôle continu de l’option", "11", "1", "11", "20", first_mark="7,25", retake_used=True),
        _block("Épreuve écrite", "6", "3", "18", "60", threshold="≤ 6/20", distance="0", eliminatory=True),
        _block("Épreuve orale", "14,25", "3", "42.75", "60", threshold="≤ 6/20", distance="8.25"),
        _block("Applications professionnelles tutorées", "ABS", "2", "0", "40"),
    ],
    "total": "84.25",
    "total_max": "200",
    "pass_total": "100",
    "mean": "8.425",
}

TRANSCRIPT: dict[str, Any] = {
    "certifiers": CERTIFICATE["certifiers"],
    "title": CERTIFICATE["title"],
    "option": CERTIFICATE["option"],
    "session": CERTIFICATE["session"],
    "number": "7K2QM-93XTA-4",
    "holder": CERTIFICATE["holder"],
    "regulation": "Gestionnaire conseil, version 1",
    "account": account_of(IN_POINTS),
    "outcome": "Non certifié",
    "explained": [
        "La note de l’épreuve écrite (6/20) est inférieure ou égale à 6/20 : elle est éliminatoire.",
        "Une absence non justifiée compte pour zéro.",
    ],
    "recommendations": [],
    "opinion": "Non-attribution",
    "argument": "La réglementation reste fragile.\nLe jury encourage la candidate à se représenter.",
    "motive": "Le jury national suit la proposition.",
    "decision_date": "12 janvier 2027",
    "decision_iso": "2027-01-12",
    "place": "Paris",
    "digest": "1f0c7a9e33b2d01c",
}

BLOC_CERTIFICATE: dict[str, Any] = DAM | {
    "bloc": {"code": "B1", "label": "Gestion de la relation avec les professionnels de santé"},
    "registration": {"code": "RNCP35729"},
    "number": "DAM-2026-12-B00001",
}
LONGEST_BLOC: dict[str, Any] = LONGEST | {
    "bloc": {"code": "B1", "label": _of("Gestion de la relation avec les professionnels de santé ", 200)},
    "registration": {"code": "RNCP35729"},
}
WIDEST_BLOC: dict[str, Any] = WIDEST | {"bloc": BLOC_CERTIFICATE["bloc"], "registration": None}

IN_BLOCS = judge_all(BlocScheme.from_data(regulation_data("DAM_BLOCS")), {}).to_data()
BLOC_TRANSCRIPT: dict[str, Any] = TRANSCRIPT | {
    "title": DAM["title"],
    "option": "",
    "account": account_of(IN_BLOCS),
    "recommendations": [
        {"bloc": "B1 Gestion de la relation", "words": "Le jury conseille de reprendre l’argumentaire."}
    ],
}
