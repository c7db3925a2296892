"""`python manage.py forget_documents`: the files of productions that are over for a month."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cqp.awards.services.runs import forget_old_runs


class Command(BaseCommand):
    help = "Efface les fichiers des productions de documents terminées depuis un mois."

    def handle(self, *args: Any, **options: Any) -> None:
        count = forget_old_runs(now=timezone.now())
        if options["verbosity"]:
            self.stdout.write(f"Productions oubliées : {count}.")
