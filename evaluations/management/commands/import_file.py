"""`manage.py import_file candidates|marks --session S --crfp C [--block B] FILE [--apply] [--by EMAIL]`.

The imports of the screens, for a migration week-end: prints what the file does as JSON. Without --apply
nothing is written. Exit code: 0 clean, 1 when lines were refused, 2 when nothing could be read.
"""

import io
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from candidates.imports.report import Report, failure
from candidates.models import ListImport
from cqp.sheets.reading import MAX_BYTES
from cqp.workflow import Refusal
from evaluations.imports.command import Order, apply, author_of, part_of, preview
from evaluations.imports.running import block_of

CLEAN, REFUSED, UNREADABLE = 0, 1, 2
KINDS = {"candidates": ListImport.Kind.CANDIDATES, "marks": ListImport.Kind.MARKS}


class Command(BaseCommand):
    """Counts people for candidates, marks for marks; `lines` are those of the file, its headings being 1."""

    help = "Importe des candidats ou des notes depuis un fichier (XLSX, XLS, ODS, CSV), et en rend compte."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=KINDS, help="ce que le fichier contient")
        parser.add_argument("file", metavar="FILE", help="le fichier à lire")
        parser.add_argument("--session", required=True, help="code de la session")
        parser.add_argument("--crfp", required=True, help="code du CRFP")
        parser.add_argument("--block", default="", help="code de la seule épreuve à reprendre (notes)")
        parser.add_argument("--apply", action="store_true", help="enregistre ; sinon rien n’est écrit")
        parser.add_argument("--by", default="", metavar="EMAIL", help="qui importe (compte du CRFP)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._report(**options)
        except Refusal as refusal:
            self.stderr.write(refusal.sentence)
            self._answer(failure(refusal.sentence), UNREADABLE)
        else:
            self._answer(report, REFUSED if report.refused else CLEAN)

    def _report(
        self, *, kind: str, file: str, session: str, crfp: str, block: str, by: str, **options: Any
    ) -> Report:
        content = _content_of(file)
        part = part_of(session, crfp)
        if block and kind != "marks":
            raise Refusal("Une épreuve (--block) ne se choisit que pour des notes.")
        code = block_of(part, block).code if block else ""
        order = Order(KINDS[kind], part, code, author_of(by, part) if by else None)
        now = timezone.now()
        return (
            apply(order, content, Path(file).name, now) if options["apply"] else preview(order, content, now)
        )

    def _answer(self, report: Report, code: int) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):  # UTF-8 whatever the locale of the terminal
            sys.stdout.reconfigure(encoding="utf-8")
        self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        if code:
            sys.exit(code)


def _content_of(file: str) -> bytes:
    """The bytes of a file, one more than allowed at most: enough to know it is too big."""
    try:
        with Path(file).open("rb") as source:
            return source.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Refusal(f"Le fichier « {Path(file).name} » ne peut pas être lu.") from error
