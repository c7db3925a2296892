"""`python manage.py load_reference`: the reference data of fixtures/, idempotent."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from evaluations.services.reference import load_certifications, load_network, load_regulation


class Command(BaseCommand):
    help = "Load the network, the certifications and the regulations of fixtures/."

    def handle(self, *args: Any, **options: Any) -> None:
        at, fixtures = timezone.now(), settings.BASE_DIR / "fixtures"
        load_network(data=json.loads((fixtures / "network.json").read_text()), at=at)
        load_certifications(data=json.loads((fixtures / "certifications.json").read_text()), at=at)
        for path in sorted((fixtures / "regulations").glob("*.json")):
            load_regulation(data=json.loads(path.read_text()), at=at)
        self.stdout.write("Référentiel chargé : réseau, certifications, règlements.")
