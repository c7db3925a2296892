"""A folder of documents where each file is whole or absent, whatever kills the process that fills it.

A file is written under a passing name of the same folder, forced to the disk, then renamed. The manifest has
one line a file: name, number, size, SHA-256, and the digest of the content it was drawn from; what it says
and the disk confirms need not be made again. One process fills a folder at a time; the lock of a dead one is
free at once.
"""

import errno
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from cqp.workflow import Refusal

LOCK = ".cqp-verrou"
PASSING = ".cqp-{}.part"
NO_ROOM = (
    "Il n’y a plus de place sur le disque des documents. Libérez de la place, puis reprenez : "
    "ce qui est déjà produit est gardé."
)
NOT_WRITABLE = "Le dossier des documents ne peut pas être écrit ({}). Corrigez-le, puis reprenez."
BUSY = "Une autre production remplit déjà ce dossier : attendez qu’elle soit terminée."
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Line:
    """One file of the manifest: `source` names the content it was drawn from."""

    name: str
    number: str
    size: int
    sha256: str
    source: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One file to put on the shelf."""

    name: str
    number: str
    source: str
    content: bytes


class Shelf:
    """The folder, held by this process: `with open_shelf(…) as shelf`."""

    def __init__(self, folder: Path, manifest: str) -> None:
        self.folder = folder
        self._manifest = folder / manifest
        self._lines: dict[str, Line] = {}

    def __contains__(self, name_and_source: tuple[str, str]) -> bool:
        """Is this file there, drawn from that content?"""
        name, source = name_and_source
        line = self._lines.get(name)
        return line is not None and line.source == source

    def line(self, name: str) -> Line:
        return self._lines[name]

    def path(self, name: str) -> Path:
        return self.folder / name

    def put(self, drafts: Sequence[Draft]) -> None:
        """Add these files, all whole. Raises Refusal, in words for whoever asked, when the disk refuses."""
        with _in_words():
            passing = []
            try:
                for draft in drafts:
                    with self._new() as (temporary, file):
                        passing.append(temporary)
                        file.write(draft.content)
                        _to_disk(file)
                for draft, temporary in zip(drafts, passing, strict=True):
                    temporary.replace(self.path(draft.name))
            finally:
                for temporary in passing:
                    temporary.unlink(missing_ok=True)
            self._list([_line_of(draft) for draft in drafts])

    @contextmanager
    def writing(self, name: str, source: str) -> Iterator[BinaryIO]:
        """A long file, written piece by piece; it takes its name once it is whole."""
        with _in_words():
            with self._new() as (temporary, file):
                try:
                    yield file
                    _to_disk(file)
                    temporary.replace(self.path(name))
                finally:
                    temporary.unlink(missing_ok=True)
            path = self.path(name)
            self._list([Line(name, "", path.stat().st_size, digest_of(path), source)])

    def confirm(self) -> list[str]:
        """Forget the lines the disk does not confirm; returns the names that must be made again."""
        false = [line.name for line in self._lines.values() if not _is_there(self.path(line.name), line)]
        for name in false:
            del self._lines[name]
        return false

    def keep_only(self, names: set[str]) -> list[str]:
        """Remove the files of the manifest that are not of these: what they said is no longer in force."""
        with _in_words():
            old = sorted(set(self._lines) - names)
            for name in old:
                self.path(name).unlink(missing_ok=True)
                del self._lines[name]
            if old:
                self.rewrite()
        return old

    def open(self) -> None:
        """Sweep what a dead process left, and read the manifest as far as the disk confirms it."""
        with _in_words():
            for left in self.folder.glob(PASSING.format("*")):
                left.unlink(missing_ok=True)
            for line in _read(self._manifest):
                self._lines[line.name] = line
            self.confirm()
            self.rewrite()

    def rewrite(self) -> None:
        """The manifest anew, without lines cut short or replaced."""
        text = "".join(map(_written, self._lines.values()))
        with self._new() as (temporary, file):
            try:
                file.write(text.encode())
                _to_disk(file)
                temporary.replace(self._manifest)
            finally:
                temporary.unlink(missing_ok=True)
        self._settle()

    def _list(self, lines: Sequence[Line]) -> None:
        self._settle()  # a line must not outlive the file it tells of
        with self._manifest.open("ab") as file:
            file.write("".join(map(_written, lines)).encode())
            _to_disk(file)
        self._lines |= {line.name: line for line in lines}

    @contextmanager
    def _new(self) -> Iterator[tuple[Path, BinaryIO]]:
        """A file under a passing name, for its owner alone: certificates are personal."""
        temporary = self.folder / PASSING.format(secrets.token_hex(8))
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            with os.fdopen(handle, "w+b") as file:
                yield temporary, file
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _settle(self) -> None:
        """The names of the folder, forced to the disk too."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def open_shelf(folder: Path, manifest: str, *, wait: bool) -> Iterator[Shelf]:
    """The folder, made if need be, held until the end: nobody else fills it meanwhile.

    Held by another process: waits for its end, or raises Refusal when `wait` is false.
    """
    with _in_words():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Refusal(BUSY) from None
        shelf = Shelf(folder, manifest)
        shelf.open()
        yield shelf
    finally:
        os.close(handle)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _in_words() -> Iterator[None]:
    """What the disk refuses, as a Refusal that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Refusal(NO_ROOM) from error
        raise Refusal(NOT_WRITABLE.format(error.strerror or error)) from error


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _line_of(draft: Draft) -> Line:
    digest = hashlib.sha256(draft.content).hexdigest()
    return Line(draft.name, draft.number, len(draft.content), digest, draft.source)


def _is_there(path: Path, line: Line) -> bool:
    return path.is_file() and path.stat().st_size == line.size and digest_of(path) == line.sha256


def _written(line: Line) -> str:
    return json.dumps(asdict(line), ensure_ascii=False) + "\n"


def _read(manifest: Path) -> Iterator[Line]:
    """The lines of a manifest; the last one may be cut short."""
    if not manifest.is_file():
        return
    for text in manifest.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = Line(**json.loads(text))
        except (ValueError, TypeError):
            continue
        # Names come from this file: never one that leads out of the folder.
        if isinstance(line.name, str) and line.name and Path(line.name).name == line.name:
            yield line
