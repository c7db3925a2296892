"""Texts people type or paste: what paper can show of them, and how they are kept."""

import unicodedata

from cqp.workflow import Refusal

# They would print a name in another order than it is written.
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# They come along with a pasted text, show nothing and mean nothing in French: taking them away is harmless.
INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0x00AD])
# Control characters, halves of characters, and those no font draws.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Cn", "Co"})


def is_printable(character: str) -> bool:
    """Whether a character has a place on paper; ends of lines and tabs have."""
    if character in "\n\r\t":
        return True
    return unicodedata.category(character) not in _UNPRINTABLE and character not in BIDI_CONTROLS


def printable_refusal(text: str) -> str | None:
    """Can this text be printed as it stands? The refusal names the first character that cannot."""
    for character in text:
        if not is_printable(character):
            return (
                f"Un caractère de ce texte ne peut pas être imprimé (U+{ord(character):04X}) : "
                "retapez-le au lieu de le coller."
            )
    return None


def cleaned(text: str) -> str:
    """One line as it is kept: composed letters, single spaces, nothing invisible.

    Raises Refusal for a character that cannot be printed.
    """
    return " ".join(cleaned_lines(text).split())


def cleaned_lines(text: str) -> str:
    """Several lines as they are kept: their ends and their spaces stay.

    Raises Refusal for a character that cannot be printed.
    """
    text = unicodedata.normalize("NFC", text.translate(INVISIBLE)).strip()
    refusal = printable_refusal(text)
    if refusal:
        raise Refusal(refusal)
    return text.replace("\r\n", "\n")
