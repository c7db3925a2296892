"""`python manage.py forget_files`: previews nobody may confirm any more, lines of files finished long ago."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from candidates.services.imports import forget_old_files


class Command(BaseCommand):
    help = "Oublie les aperçus périmés et les lignes des fichiers importés depuis longtemps."

    def handle(self, *args: Any, **options: Any) -> None:
        count = forget_old_files(now=timezone.now())
        if options["verbosity"]:
            self.stdout.write(f"Fichiers oubliés : {count}.")
