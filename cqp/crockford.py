"""Identifiers people read aloud: Crockford base32 (no I, L, O, U) with a check character."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
# Office software makes dashes of hyphens; papers are pasted with their spaces.
_SEPARATORS = "- \u00a0\u202f\u2010\u2011\u2012\u2013\u2014\u2212"
_CONFUSED = str.maketrans({"I": "1", "L": "1", "O": "0"} | dict.fromkeys(_SEPARATORS))


def check_character(body: str) -> str | None:
    """Crockford's check symbol (value modulo 37), or None when it would be one of the five odd symbols."""
    value = 0
    for character in body:
        value = value * 32 + ALPHABET.index(character)
    return ALPHABET[value % 37] if value % 37 < len(ALPHABET) else None


def new_identifier() -> str:
    """Ten random characters (50 bits) and their check character, grouped: `7K2QM-93XTA-4`."""
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        check = check_character(body)
        if check is not None:
            return f"{body[:5]}-{body[5:]}-{check}"


def normalise(text: str) -> str | None:
    """The canonical form of what somebody typed, or None when it is mistyped (wrong check character)."""
    plain = text.strip().upper().translate(_CONFUSED)
    if len(plain) != LENGTH + 1 or any(character not in ALPHABET for character in plain):
        return None
    if check_character(plain[:LENGTH]) != plain[LENGTH]:
        return None
    return f"{plain[:5]}-{plain[5:10]}-{plain[10]}"
