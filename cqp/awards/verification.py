"""What the public check answers: of a code, of a file.

A code is ten characters of Crockford's base 32, drawn at random, and their check character. One draw in 37/32
is thrown away (the check would be an odd symbol), which leaves 2**50 × 32/37 ≈ 9.7e14 codes, all as likely.
With 200,000 certificates delivered, a guess is right with P = 200,000 / 9.7e14 ≈ 2e-10. One address may be
wrong 60 times an hour: in a year, 5e5 guesses, P(hit) ≈ 1e-4. Ten thousand addresses at once are slowed to 5
an hour each (cqp/awards/attempts.py): in a month, 3.6e7 guesses, P(hit) < 1 %, of one certificate of one
unknown person.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from cqp.awards.models import Duplicate
from cqp.crockford import normalise
from cqp.seal import SealReport, check_pdf, title_of
from juries.bloc_certificates import bloc_certificate_content, bloc_status_of
from juries.certificate_status import Status, status_of, with_status
from juries.certificates import certificate_content
from juries.models import BlocCertificate, Certificate

_NUMBER = re.compile(r"\bn[º°]\s*([0-9A-Za-z-]{1,30})\s")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a code: `found`, `unknown`, `mistyped` or `throttled`; more only of what is found."""

    kind: str
    content: dict[str, object] | None = None
    status: Status | None = None
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What is said of a file: its seal and, if it is intact and of a certificate, that certificate."""

    report: SealReport
    certificate: Answer | None = None


def answer_of_code(typed: str, at: datetime) -> Answer:
    """Of the certificate whose code somebody read.

    A certificate whose results are not open yet is unknown, found by the same queries as one that does not
    exist: neither the words nor the time tell one from the other.
    """
    code = normalise(typed)
    if code is None:
        return Answer("mistyped")
    return _found(at, code=code) or Answer("unknown")


def answer_of_file(pdf: bytes, at: datetime) -> FileAnswer:
    """Of a file somebody holds: nothing is read in it before the seal has proved it ours."""
    report = check_pdf(pdf)
    if not report.is_intact:
        return FileAnswer(report)
    number = _NUMBER.search(f"{title_of(pdf)} ")
    return FileAnswer(report, _found(at, number=number[1]) if number else None)


def _found(at: datetime, **wanted: str) -> Answer | None:
    """What the certificate says, of the whole or of one bloc, and whether it is in force."""
    opened = {"decision__enrolment__session__results_open_at__lte": at}
    whole = with_status(Certificate.objects.filter(**opened, **wanted)).first()
    if whole:
        count = Duplicate.objects.filter(certificate=whole).count()
        return Answer("found", certificate_content(whole), status_of(whole), count)
    opened = {"proclamation__session__results_open_at__lte": at}
    bloc = BlocCertificate.objects.filter(**opened, **wanted).select_related("acquired").first()
    if bloc is None:
        return None
    count = Duplicate.objects.filter(bloc_certificate=bloc).count()
    return Answer("found", bloc_certificate_content(bloc), bloc_status_of(bloc), count)
