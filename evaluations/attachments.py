"""What a tutor may join to an attestation: a PDF or a picture, checked by its content, never by its name.

The bytes are opened by a process of their own, bounded in time and memory. A picture is drawn anew: what it
said besides its pixels (place, device, trailing bytes) is gone. A PDF in which nothing acts is kept as it is.
"""

import hashlib
import json
import re
import subprocess
import sys
from base64 import b64decode
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from cqp.text import is_printable
from cqp.workflow import Refusal

MAX_BYTES = 5 * 1024 * 1024
MAX_NAME = 120
# A picture drawn anew, in base 64, with its punctuation.
_MAX_ANSWER = 8 * 1024 * 1024
_TIMEOUT = 20

_UNREADABLE = "Ce fichier ne peut pas être lu : joignez un PDF, ou une photo en JPEG ou en PNG."
_SENTENCES = {
    "kind": "Ce fichier n’est ni un PDF, ni une image JPEG ou PNG, quel que soit son nom.",
    "damaged": _UNREADABLE,
    "both": "Ce fichier contient autre chose que son document : enregistrez-le de nouveau, puis joignez-le.",
    "pixels": "Cette image est trop grande : réduisez-la à 40 millions de points au plus.",
    "heavy": "Cette image dépasse 5 Mo une fois redessinée : réduisez-la.",
    "encrypted": "Ce PDF est protégé par un mot de passe : enregistrez-le sans protection.",
    "active": "Ce PDF contient du code, une action ou un fichier caché : imprimez-le en PDF.",
    "pages": "Ce PDF compte plus de 50 pages : ne joignez que celles qui montrent la situation.",
}
_ENDINGS = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file once checked: what is kept of it."""

    name: str
    kind: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def check(name: str, content: bytes) -> Attachment:
    """What is kept of a file somebody joins. Raises Refusal with one sentence; nothing is stored."""
    if not content:
        raise Refusal("Le fichier joint est vide.")
    if len(content) > MAX_BYTES:
        raise Refusal("Le fichier joint dépasse 5 Mo : réduisez-le, ou joignez-en une partie.")
    told = _told(content)
    if "refusal" in told:
        raise Refusal(_SENTENCES[told["refusal"]])
    kind = told["kind"]
    kept = b64decode(told["content"]) if "content" in told else content
    return Attachment(clean_name(name, kind), kind, kept)


def clean_name(name: str, kind: str) -> str:
    """The name alone: no path, nothing invisible, the ending of what the file is."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(c for c in last if is_printable(c) and c not in '\n\r\t"<>:|?*;')
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", shown).strip(" .")
    ending = _ENDINGS[kind]
    return (stem[: MAX_NAME - len(ending)].strip(" .") or "piece") + ending


@cache
def _command() -> tuple[str, ...]:
    start = (
        "import sys; sys.path.insert(0, sys.argv[1]); from evaluations.attachment_reader import main; main()"
    )
    return (sys.executable, "-I", "-c", start, str(settings.BASE_DIR))


def _told(content: bytes) -> dict[str, str]:
    """What the process that opens the file says of it; silence, or too long an answer, is a refusal."""
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell; the file goes through stdin
            _command(), input=content, capture_output=True, timeout=_TIMEOUT, check=False
        )
        told: dict[str, str] = json.loads(done.stdout[:_MAX_ANSWER])
    except (subprocess.TimeoutExpired, OSError, ValueError) as error:
        raise Refusal(_UNREADABLE) from error
    return told
