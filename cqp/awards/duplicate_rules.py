"""When a duplicate may be delivered."""

from juries.certificate_status import Status

REASON_LONGEST = 500
REASON_SHORTEST = 5


def duplicate_refusal(status: Status) -> str | None:
    """Only what is in force is delivered again."""
    if status.is_valid:
        return None
    words = status.words[:1].lower() + status.words[1:]
    return f"Ce certificat n’est plus en vigueur ({words}) : il n’en est pas délivré de duplicata."


def reason_refusal(reason: str) -> str | None:
    """Why it is asked, in a few words that fit the journal."""
    if len(reason) < REASON_SHORTEST:
        return "Dites en quelques mots pourquoi ce duplicata est demandé."
    if len(reason) > REASON_LONGEST:
        return f"Le motif compte {len(reason)} caractères : {REASON_LONGEST} au plus."
    return None
