"""`python manage.py certificates SESSION -o DIR`: the certificates in force, single, in a ZIP and a book.

Run again, it goes on from what lies in the folder; a certificate replaced since makes room for its successor.
"""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from candidates.models import Session
from cqp.awards.drawing import is_sealed
from cqp.awards.models import DocumentRun
from cqp.awards.production import documents_of, names_of, produce
from cqp.awards.run_rules import count_refusal, session_refusal
from cqp.awards.shelf import open_shelf
from cqp.workflow import Refusal, demand

KIND = DocumentRun.Kind.CERTIFICATES


class Command(BaseCommand):
    # Checking the application loads every screen of it, which takes more memory than a thousand certificates.
    requires_system_checks = ()
    help = "Produit les certificats en vigueur d’une session : fichiers, ZIP, et un PDF pour l’imprimeur."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept the session, the folder, the number of processes."""
        parser.add_argument("session", metavar="SESSION", help="code de la session, par exemple GC-2026-12")
        parser.add_argument(
            "-o", "--output", metavar="DIR", required=True, type=Path, help="dossier à remplir"
        )
        parser.add_argument("--jobs", metavar="N", type=int, default=1, help="nombre de processus (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what the folder lacks; say what is in it."""
        session = Session.objects.select_related("certification").filter(code=options["session"]).first()
        if session is None:
            raise CommandError(f"Aucune session n’a le code « {options['session']} ».")
        if not 1 <= options["jobs"] <= 4 * (os.cpu_count() or 1):
            raise CommandError("--jobs : donnez un nombre de processus à la mesure de cette machine.")
        try:
            self._make(session, options["output"], options["jobs"])
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal

    def _make(self, session: Session, folder: Path, jobs: int) -> None:
        demand(session_refusal(session))
        papers = documents_of(session, KIND)
        demand(count_refusal(KIND, len(papers)))
        names = names_of(session, KIND)
        with open_shelf(folder, names.manifest, wait=False) as shelf:
            before = sum((paper.name, paper.source) in shelf for paper in papers)
            for _done in produce(shelf, session, KIND, papers, jobs=jobs):
                pass
            old = shelf.keep_only({*(paper.name for paper in papers), names.archive, names.book})
        self.stdout.write(f"{len(papers)} certificats dans {folder}, dont {before} y étaient déjà.")
        if old:
            self.stdout.write(f"Retirés, car ils ne sont plus en vigueur : {', '.join(old)}.")
        if not is_sealed(KIND):
            self.stderr.write(
                "Ces certificats ne sont pas scellés : aucun cachet n’est configuré (CQP_SEAL_PKCS12)."
            )
