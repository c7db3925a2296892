"""`manage.py prepare`: everything a new version needs before it serves, in one process."""

import contextlib
import hashlib
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from cqp.seal import make_demo_seal


class Command(BaseCommand):
    """Bring database, cache table, static files and reference data up to date. Safe to run again."""

    help = "Met à jour la base, la table du cache, les fichiers statiques et les données de référence."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept --demo."""
        parser.add_argument(
            "--demo", action="store_true", help="ajoute les données de démonstration et écrit leurs comptes"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run each command in order. What they say goes to stderr; stdout holds the accounts alone."""
        with contextlib.redirect_stdout(self.stderr):  # type: ignore[type-var]
            call_command("migrate", interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
            collect_static_files()
            call_command("load_reference")
            call_command("forget_files", verbosity=0)
            call_command("forget_documents", verbosity=0)
        if options["demo"]:
            make_demo_seal()
            call_command("build_demo", stdout=self.stdout)


def collect_static_files() -> None:
    """Collect, hash and compress the static files, unless they are those of last time: it takes seconds."""
    stamp = settings.VAR_DIR / "static.stamp"
    now = _fingerprint_of_static_files()
    if settings.STATIC_ROOT.is_dir() and stamp.is_file() and stamp.read_text() == now:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(now)


def _fingerprint_of_static_files() -> str:
    """Return a digest of the name, size and date of every static file of the project and its packages."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            digest.update(f"{path} {storage.size(path)} {storage.get_modified_time(path)}\n".encode())
    return digest.hexdigest()
