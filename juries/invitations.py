"""The hearing as an entry of the candidate's diary: one VEVENT (RFC 5545), published (RFC 5546)."""

from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from juries.models import Summons
from juries.summons import content_of, when_of

_LINE = 75  # octets of a line, its end left out


def invitation(summons: Summons) -> bytes:
    """The file of a convocation; a later one has the same UID and a higher SEQUENCE: it replaces it."""
    content = content_of(summons)
    told, when = content["told"], when_of(content)
    here = timezone.get_default_timezone()
    starts = datetime.combine(when.day, when.starts, tzinfo=here)
    place = ", ".join(filter(None, (told["place"], told["room"])))
    said = (
        f"Convocation n° {summons.rank}, {told['minutes']} minutes. Apportez {' et '.join(content['bring'])}."
    )
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//CQP//Convocations//FR",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:audition-{summons.enrolment_id}@{urlsplit(settings.SITE_URL).hostname}",
        f"SEQUENCE:{summons.rank}",
        f"DTSTAMP:{_utc(summons.at)}",
        f"DTSTART:{_utc(starts)}",
        f"DTEND:{_utc(starts.astimezone(UTC) + timedelta(minutes=told['minutes']))}",
        f"ORGANIZER:mailto:{_uri(sender)}",
        f"SUMMARY:{_text('Audition, ' + content['title'])}",
        f"LOCATION:{_text(place)}",
        f"DESCRIPTION:{_text(said)}",
        "CLASS:PRIVATE",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """A value that stays one value: the signs that separate are escaped, control characters dropped."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    for sign in ("\\", ";", ","):
        value = value.replace(sign, "\\" + sign)
    lines = ("".join(c for c in line if c.isprintable()) for line in value.splitlines())
    return "\\n".join(lines)


def _uri(address: str) -> str:
    return "".join(c for c in address if c.isascii() and c.isprintable() and c not in ' "<>;:,\\')


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 octets, no letter cut, each but the first after a space."""
    pieces, piece, room = [], b"", _LINE
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > room:
            pieces.append(piece)
            piece, room = b"", _LINE - 1
        piece += octets
    return b"\r\n ".join([*pieces, piece]) + b"\r\n"
