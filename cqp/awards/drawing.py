"""Drawing documents: the only place that knows who draws what, and which kinds are sealed."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from cqp.awards.drawing_apart import drawn_apart
from cqp.awards.letters import letter_pdfs
from cqp.awards.models import DocumentRun
from cqp.awards.papers import Paper
from cqp.seal import is_configured, seal_pdf
from cqp.workflow import Refusal
from juries.certificate_press import draw_all
from juries.certificates import issued_at, transcript_pdf
from juries.models import BlocCertificate, Certificate, ProclaimedFile

SHARE = 25  # documents handed to a process at a time

Drawn = Iterator[tuple[Paper, bytes]]


def drawn_by(kind: str, papers: Sequence[Paper], *, jobs: int = 1) -> Drawn:
    """Each document with its bytes, in order: those a screen gives, always the same.

    Raises Refusal when a document cannot be drawn: it says which one.
    """
    shares = (papers[start : start + SHARE] for start in range(0, len(papers), SHARE))
    if jobs == 1:
        for share in shares:
            yield from zip(share, draw(kind, rows_of(share)), strict=True)
    else:
        yield from drawn_apart(kind, shares, rows_of, jobs=jobs)


def rows_of(papers: Sequence[Paper]) -> list[Any]:
    """The rows these documents are drawn from, in order, with what drawing reads of them."""
    found: dict[tuple[str, int], Any] = {}
    for table, rows in _TABLES.items():
        wanted = [paper.row[1] for paper in papers if paper.row[0] == table]
        if wanted:
            found |= {(table, pk): row for pk, row in rows().in_bulk(wanted).items()}
    return [found[paper.row] for paper in papers]


def draw(kind: str, rows: Sequence[Any]) -> Iterator[bytes]:
    """The bytes of each row's document, in order."""
    done, sealed = 0, is_sealed(kind)
    try:
        for content in _drawn(kind, rows):
            yield seal_pdf(content, at=issued_at(rows[done])) if sealed else content
            done += 1
    except Refusal as refusal:
        raise Refusal(f"{rows[done]} : {refusal.sentence}") from refusal


def is_sealed(kind: str) -> bool:
    """Do the documents of this kind leave under the certifier's seal?"""
    return kind == DocumentRun.Kind.CERTIFICATES and is_configured()


def _drawn(kind: str, rows: Sequence[Any]) -> Iterator[bytes]:
    if kind == DocumentRun.Kind.TRANSCRIPTS:
        yield from map(transcript_pdf, rows)
    elif kind == DocumentRun.Kind.LETTERS:
        yield from letter_pdfs(rows)
    else:
        yield from (content for _, content in draw_all(rows))


_TABLES: dict[str, Callable[[], QuerySet[Any]]] = {
    # What a proclamation froze is the whole session: never read with each certificate.
    "certificate": lambda: Certificate.objects.select_related(
        "rectification", "decision__enrolment__session__proclamation"
    ).only(
        "number",
        "content",
        "digest",
        "rectification__closed_at",
        "decision__enrolment__session__proclamation__at",
    ),
    "bloc": lambda: BlocCertificate.objects.select_related("proclamation").defer("proclamation__payload"),
    "file": lambda: ProclaimedFile.objects.select_related(
        "proclamation__session__certification", "enrolment__candidate"
    ),
}
