"""French typography for the sentences made here: the spaces that must not break."""

import re

_BEFORE = re.compile(r" (?=[:;!?%»])")
_AFTER = re.compile(r"(?<=«) ")
_NO_BREAK = "\N{NO-BREAK SPACE}"


def typeset(sentence: str) -> str:
    """The sentence with no-break spaces where French wants them: before : ; ! ? % » and after «."""
    return _AFTER.sub(_NO_BREAK, _BEFORE.sub(_NO_BREAK, sentence))
