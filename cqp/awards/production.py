"""The documents of a session, one kind at a time: drawn, on the shelf, in one ZIP and one book.

Whatever stops it, starting again ends the same: what the shelf holds is not drawn again.
"""

import gc
import json
import re
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256

from candidates.models import Session
from cqp.awards.book import Book
from cqp.awards.drawing import drawn_by, is_sealed
from cqp.awards.letters import ahead_of
from cqp.awards.models import DocumentRun
from cqp.awards.papers import Paper, papers_of
from cqp.awards.shelf import Draft, Shelf
from cqp.awards.stationery import current_of
from cqp.seal import fingerprint
from cqp.workflow import Refusal

BATCH = 25
PATIENCE = 1.0
"""Documents are put away by this number, or each second when they come slowly: little is lost by a kill."""
_ATTEMPTS = 3
_NAMES = {
    DocumentRun.Kind.CERTIFICATES: "certificats",
    DocumentRun.Kind.TRANSCRIPTS: "releves",
    DocumentRun.Kind.LETTERS: "courriers",
}
_DAWN = (1980, 1, 1, 0, 0, 0)  # a ZIP wants a date: always the same, so that the same files give the same ZIP


@dataclass(frozen=True, slots=True)
class Names:
    """What the files of a production are called; nothing anybody typed is in them."""

    archive: str
    book: str
    manifest: str


def names_of(session: Session, kind: str) -> Names:
    stem = f"{_NAMES[DocumentRun.Kind(kind)]}-{re.sub('[^A-Za-z0-9-]', '-', session.code)}"
    return Names(f"{stem}.zip", f"{stem}.pdf", f"{stem}.jsonl")


def documents_of(session: Session, kind: str) -> list[Paper]:
    """The documents in force, each with all it is made from: under another seal, on another stationery or
    before other sessions, it is another file."""
    beside = [fingerprint()] if is_sealed(kind) else []
    if kind == DocumentRun.Kind.LETTERS:
        worn = current_of(session.certification)
        beside += [f"papeterie {worn.version if worn else 0}", f"suite {ahead_of(session)}"]
    return [replace(paper, source=" ".join((paper.source, *beside))) for paper in papers_of(session, kind)]


def produce(
    shelf: Shelf, session: Session, kind: str, papers: Sequence[Paper], *, jobs: int = 1
) -> Iterator[int]:
    """Make what the shelf lacks, then the ZIP and the book; yields how many documents are there.

    Raises Refusal when a document cannot be drawn, or when the disk refuses.
    """
    done = sum((paper.name, paper.source) in shelf for paper in papers)
    yield done
    for _ in range(_ATTEMPTS):
        missing = [paper for paper in papers if (paper.name, paper.source) not in shelf]
        with _swept():
            for put in _fill(shelf, kind, missing, jobs):
                gc.collect()
                done = min(done + put, len(papers))
                yield done
        # Somebody may have touched the folder meanwhile: what goes into the ZIP is what the manifest says.
        if not shelf.confirm():
            break
    else:
        raise Refusal("Les fichiers changent pendant leur production : vérifiez qui écrit dans ce dossier.")
    _bind(shelf, session, kind, papers)


@contextmanager
def _swept() -> Iterator[None]:
    """What sealing leaves behind refers to itself and is large: swept with each batch, it takes no room.

    What was in memory before is set aside meanwhile, or each sweep would walk through all of it.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _fill(shelf: Shelf, kind: str, papers: Sequence[Paper], jobs: int) -> Iterator[int]:
    batch: list[Draft] = []
    since = time.monotonic()
    for paper, content in drawn_by(kind, papers, jobs=jobs):
        batch.append(Draft(paper.name, paper.number, paper.source, content))
        if len(batch) == BATCH or time.monotonic() - since > PATIENCE:
            shelf.put(batch)
            yield len(batch)
            batch, since = [], time.monotonic()
    if batch:
        shelf.put(batch)
        yield len(batch)


def _bind(shelf: Shelf, session: Session, kind: str, papers: Sequence[Paper]) -> None:
    names = names_of(session, kind)
    told = [(paper.name, paper.title, shelf.line(paper.name).sha256) for paper in papers]
    source = sha256(json.dumps(told).encode()).hexdigest()
    if (names.archive, source) not in shelf:
        with shelf.writing(names.archive, source) as file, zipfile.ZipFile(file, "w") as archive:
            for paper in papers:
                entry = zipfile.ZipInfo(paper.name, _DAWN)
                entry.external_attr = 0o600 << 16
                archive.writestr(entry, shelf.path(paper.name).read_bytes())
    if (names.book, source) not in shelf:
        label = DocumentRun.Kind(kind).label
        with shelf.writing(names.book, source) as file:
            book = Book(file, f"{label}, {session.name}")
            for paper in papers:
                book.add(shelf.path(paper.name).read_bytes(), paper.title)
            book.close()
