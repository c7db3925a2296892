"""Certificates as a proclamation freezes them, without the proclamation: by the thousand."""

import hashlib
import json
import random
from collections.abc import Iterator
from typing import Any

from juries.certificates import verify_url
from juries.models import BlocCertificate, Certificate
from tests.cqp.documents import CERTIFICATE

_CODE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIRST = ["Marie", "Noëlle", "Élisabeth", "Jean-François", "Théo", "Sofia", "Inès", "Chloé", "Karim", "Loïc"]
_LAST = ["MARTIN", "LEFÈVRE", "D’ALMEIDA", "DUPÂQUIER", "BEN YOUSSEF", "DE LA ROCHE", "GONÇALVES", "PRÉVOST"]
_PLACES = ["Paris", "L’Haÿ-les-Roses", "Saint-Denis (La Réunion)", "Besançon", "Oran (Algérie)", "Évry"]
_OPTIONS = ["Technicien conseil allocataires", "Conseiller retraite", "Conseil offre de services"]


def printed_certificate(rank: int, holder: dict[str, str] | None = None, **other: Any) -> Certificate:
    """A certificate like no other, in memory only."""
    named = random.Random(rank)
    body = "".join(named.choices(_CODE, k=11))
    code = f"{body[:5]}-{body[5:10]}-{body[10]}"
    content = {key: value for key, value in CERTIFICATE.items() if key != "qr"} | {
        "holder": CERTIFICATE["holder"] | (holder or {}),
        "number": f"GC-2026-12-{rank:05d}",
        "code": code,
        "verify_url": verify_url(code),
    }
    text = json.dumps(content | other, ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Certificate(number=content["number"], code=code, content=text, digest=digest)


def printed_bloc(rank: int, holder: dict[str, str] | None = None, **other: Any) -> BlocCertificate:
    """The certificate of a bloc like no other, in memory only."""
    whole = printed_certificate(rank, holder)
    content = {
        key: value for key, value in json.loads(whole.content).items() if key not in ("option", "replaces")
    }
    content |= {
        "bloc": {"code": "BC2", "label": "Promouvoir les services en ligne et l’accès aux droits"},
        "registration": {"code": "RNCP99999"},
        "number": f"DAM-2026-12-B{rank:05d}",
    }
    text = json.dumps(content | other, ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return BlocCertificate(number=content["number"], code=whole.code, content=text, digest=digest)


def many_certificates(number: int) -> Iterator[Certificate]:
    """A session as it comes: ordinary names, one in three with a name in use, three options."""
    months = ["mars", "août", "septembre"]
    for rank in range(1, number + 1):
        named = random.Random(-rank)
        first = " ".join(named.sample(_FIRST, named.choice([1, 2, 2, 3])))
        born, used = named.choice(_LAST), named.choice(["", "", named.choice(_LAST)])
        holder = {
            "name": f"{first.split()[0]} {used or born}",
            "birth_name": born,
            "used_name": used,
            "first_names": first,
            "birth_date": f"{named.randint(2, 28)} {named.choice(months)} {named.randint(1960, 2003)}",
            "birth_place": named.choice(_PLACES),
        }
        yield printed_certificate(rank, holder, option=named.choice(_OPTIONS))
