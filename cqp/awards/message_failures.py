"""Why a message did not leave, in a French sentence: for good or not, because of the address or not."""

import smtplib
from dataclasses import dataclass

from cqp.awards.message_words import line_of

LONGEST = 500
READDRESSED = "L’adresse a été corrigée\u00a0: plus rien ne part à l’ancienne."
GONE = "Cette personne ne lit plus les résultats de l’organisme."
MOVED = "L’adresse du candidat a changé depuis\u00a0: renvoyez ce message, il partira à la nouvelle."
INTERRUPTED = "Un essai précédent a été interrompu\u00a0: il est peut-être arrivé."
_BUSY = 421  # the server says this and hangs up


@dataclass(frozen=True, slots=True)
class Failure:
    """What is shown, whether trying again is of no use, whose fault, whether the connection is gone."""

    sentence: str
    is_final: bool = False
    is_bounced: bool = False
    is_cut: bool = False


def failure_of(error: Exception) -> Failure:
    """Read what smtplib, the network or the making of the message raised."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()), (0, b""))
        is_final = 500 <= code < 600
        what = "Le serveur refuse cette adresse" if is_final else "Le serveur ne prend pas cette adresse"
        return Failure(said_by_server(what, code, said), is_final, is_bounced=is_final, is_cut=code == _BUSY)
    if isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
        sentence = said_by_server("Le serveur refuse ce message", code, error.smtp_error)
        return Failure(sentence, 500 <= code < 600, is_cut=code == _BUSY)
    if isinstance(error, ValueError):
        return Failure("Cette adresse ne peut pas être écrite dans un message.", is_final=True)
    return Failure("La liaison avec le serveur de messagerie a été coupée avant la fin.", is_cut=True)


def said_by_server(what: str, code: int | str, said: bytes | str) -> str:
    """Our sentence, then the server's own words on one line, none too long."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    words = line_of(text)
    return (f"{what} ({code}) : {words}" if words else f"{what} ({code}).").replace(" :", "\u00a0:")[:LONGEST]
