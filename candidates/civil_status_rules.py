"""Rules of what the transmission of holders wants besides the identity: sex, place of birth by code."""

from candidates.communes import CODE, COUNTRY, FRANCE, commune_of
from candidates.models import CivilStatus

ONE_PLACE = "Donnez la commune de naissance ou, pour qui est né à l’étranger, le pays\u00a0: l’un des deux."


def sex_refusal(sex: str) -> str | None:
    """Is this one of the two values the Caisse des dépôts reads?"""
    return None if sex in CivilStatus.Sex.values else "Choisissez le sexe de l’état civil."


def place_refusal(commune: str, country: str) -> str | None:
    """One place, and one only."""
    return ONE_PLACE if bool(commune) == bool(country) else None


def commune_refusal(code: str, *, is_old: bool) -> str | None:
    """Is this the code of a commune? One the list does not know is confirmed by who types it."""
    if not CODE.fullmatch(code):
        return (
            "Un code INSEE de commune a cinq caractères, comme 69123 ou 2A004\u00a0; "
            "ce n’est pas le code postal."
        )
    if commune_of(code) is None and not is_old:
        return (
            f"Le code {code} n’est pas dans la liste des communes\u00a0: corrigez-le, "
            "ou cochez que la commune a disparu."
        )
    return None


def country_refusal(code: str) -> str | None:
    """Is this the code of a country, for INSEE?"""
    if code == FRANCE:
        return "99100 est le code de la France\u00a0: donnez plutôt la commune de naissance."
    if not COUNTRY.fullmatch(code):
        return "Un code INSEE de pays a cinq chiffres et commence par 99, comme 99109 pour l’Allemagne."
    return None
