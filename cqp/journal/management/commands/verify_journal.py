"""`python manage.py verify_journal [SESSION]`: recompute every chain of the journal."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cqp.journal.chain import first_break
from cqp.journal.models import Chain


class Command(BaseCommand):
    help = "Recompute the journal's chains; exit 1 naming the first broken entry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("session", nargs="?", help="code of a session (all chains without it)")

    def handle(self, *args: Any, session: str | None, **options: Any) -> None:
        chains = Chain.objects.all()
        if session is not None:
            chains = chains.filter(key=session)
            if not chains:
                raise CommandError(f"Aucun journal pour la session « {session} ».", returncode=2)
        for chain in chains:
            broken = first_break(chain)
            if broken:
                raise CommandError(broken, returncode=1)
            self.stdout.write(f"{chain.key} : {chain.count} entrées, tête {chain.head}")
