"""`manage.py score REGULATION [FILE|-] [-o FILE]`: the arithmetic for somebody with a spreadsheet."""

import csv
import io
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand

from evaluations.reading import current_scheme, sheet_of
from evaluations.reference import UnknownRegulation, shipped_codes
from evaluations.scoring import SchemeError
from evaluations.scoring.header import SheetError
from evaluations.scoring.marks import printable
from evaluations.scoring.typography import typeset

CANNOT_ANSWER = 2


class Unreadable(Exception):
    """A file cannot be read or written; the message is one French sentence."""


class Command(BaseCommand):
    """Reads marks, or signatures and jury's words (CSV, « ; », UTF-8); writes verdicts in the same form.

    Marks stream, so memory stays flat; a candidate in blocs is answered once all the lines are read.
    """

    help = "Calcule le résultat de chaque candidat d’un fichier, selon un règlement en points ou en blocs."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("regulation", metavar="REGULATION", help="code du règlement, par exemple GC_2013")
        parser.add_argument(
            "file", metavar="FILE", nargs="?", default="-", help="fichier de notes, ou - (défaut)"
        )
        parser.add_argument(
            "-o", "--output", metavar="FILE", help="fichier des résultats (défaut : la sortie)"
        )

    def handle(self, *args: Any, regulation: str, file: str, output: str | None, **options: Any) -> None:
        try:
            scheme = current_scheme(regulation)
            with _lines_of(file) as lines, self._sink(output) as sink:
                sheet = sheet_of(scheme, csv.reader(lines, delimiter=";", strict=True))
                csv.writer(sink, delimiter=";", lineterminator="\n").writerows(sheet.answers())
                self._name_ignored(sheet.ignored)
        except BrokenPipeError:  # `| head`: the reader has had enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except UnknownRegulation:
            self._refuse(
                f"Règlement inconnu : {printable(regulation)} (connus : {', '.join(shipped_codes())})."
            )
        except csv.Error:
            self._refuse(f"Le fichier {_name(file)} n’est pas un CSV lisible : un guillemet est mal fermé.")
        except (SchemeError, SheetError, Unreadable) as error:
            self._refuse(str(error))

    def _name_ignored(self, columns: Sequence[str]) -> None:
        """A column nobody reads may be a misspelt one: say so, beside the answers."""
        if columns:
            _speak_utf8(sys.stderr)
            names = ", ".join(printable(name) for name in columns)
            self.stderr.write(typeset(f"Colonnes ignorées : {names}."))

    def _refuse(self, sentence: str) -> None:
        _speak_utf8(sys.stderr)
        self.stderr.write(typeset(sentence))
        sys.exit(CANNOT_ANSWER)

    @contextmanager
    def _sink(self, output: str | None) -> Iterator[Any]:
        """Where answers go. A named file appears whole, or not at all."""
        if output is None:
            _speak_utf8(sys.stdout)
            yield self.stdout
            return
        try:
            with _whole_file(Path(output)) as sink:
                yield sink
        except OSError as error:
            raise Unreadable(f"Le fichier {_name(output)} ne peut pas être écrit.") from error


@contextmanager
def _whole_file(path: Path) -> Iterator[TextIO]:
    """Write beside the file, then put in its place: a refused input leaves what was there."""
    path = path.resolve()
    if path.exists() and not path.is_file():  # /dev/stdout, a pipe: nothing to put in its place
        with path.open("w", encoding="utf-8", newline="") as sink:
            yield sink
        return
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as sink:
            yield sink
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _lines_of(file: str) -> Iterator[Iterator[str]]:
    """The lines of the file (`-`: the standard input), from UTF-8 with or without a byte order mark."""
    if file == "-":
        source: TextIO = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
    else:
        try:
            source = Path(file).open(encoding="utf-8-sig", newline="")  # noqa: SIM115 (closed just below)
        except FileNotFoundError as error:
            raise Unreadable(f"Le fichier {_name(file)} n’existe pas.") from error
        except OSError as error:
            raise Unreadable(f"Le fichier {_name(file)} ne peut pas être lu.") from error
    with source:
        yield _checked(source, file)


def _checked(source: TextIO, file: str) -> Iterator[str]:
    try:
        for line in source:
            if "\0" in line:
                raise Unreadable(f"Le fichier {_name(file)} n’est pas un fichier de texte.")
            yield line
    except UnicodeDecodeError as error:
        raise Unreadable(f"Le fichier {_name(file)} n’est pas en UTF-8.") from error
    except OSError as error:
        raise Unreadable(f"Le fichier {_name(file)} ne peut pas être lu.") from error


def _name(file: str) -> str:
    return "de l’entrée standard" if file == "-" else f"« {printable(Path(file).name)} »"


def _speak_utf8(stream: Any) -> None:
    """The answers are UTF-8 whatever the locale of the terminal; a stream in memory has no such setting."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8")
