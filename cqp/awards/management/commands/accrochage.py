"""`manage.py accrochage SESSION -o FILE`: the flux of the holders of a session, for the Caisse des dépôts."""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership
from cqp.awards.holders import Holder, holders_of
from cqp.awards.services.transmission import make_flux
from cqp.awards.transmission import to_send
from cqp.roles import Role
from cqp.workflow import Refusal
from juries.models import Certificate

NAMED = 20


class Command(BaseCommand):
    """Make the flux and write it; nothing at all when an identity lacks, unless one says `--partial`."""

    help = (
        "Produit le flux des titulaires d’une session pour la Caisse des dépôts, et l’écrit dans un fichier."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("session", help="code de la session proclamée")
        parser.add_argument("-o", "--output", type=Path, required=True, help="fichier XML à écrire")
        parser.add_argument("--by", default="", help="adresse de la personne de l’Ucanss qui transmet")
        parser.add_argument(
            "--partial", action="store_true", help="transmettre les autres quand des identités manquent"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit 1, naming them, when identities lack; the journal says who transmits."""
        session = Session.objects.select_related("certification").filter(code=options["session"]).first()
        if session is None:
            raise CommandError(f"Il n’y a pas de session {options['session']}.")
        lacking = _lacking(session)
        if lacking and not options["partial"]:
            raise CommandError(_told(lacking))
        try:
            flux = make_flux(session=session, by=_who(options["by"]), at=timezone.now())
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        options["output"].write_bytes(flux.content.encode())
        self.stdout.write(f"{flux.identifier} : {flux.passages.count()} titulaires")
        if lacking:
            self.stderr.write(_told(lacking))


def _who(email: str) -> Actor:
    """The person of Ucanss of this address; the only one when none is given."""
    rows = Membership.objects.filter(role=Role.UCANSS).select_related("user", "organisme")
    found = list(rows.filter(user__email=email.strip().lower()) if email else rows[:2])
    if len(found) != 1:
        raise CommandError("Dites qui transmet\u00a0: --by, l’adresse d’une personne de l’Ucanss.")
    return Actor.of(found[0])


def _lacking(session: Session) -> list[Holder]:
    """Those no flux takes today, without the frozen files they were read from."""
    rows = Certificate.objects.filter(decision__enrolment__session=session)
    found = (holder for holder in holders_of(to_send(rows)) if not holder.is_complete)
    return [replace(holder, certificate=Certificate(pk=holder.certificate.pk)) for holder in found]


def _told(lacking: list[Holder]) -> str:
    to_complete = [holder for holder in lacking if not holder.is_known]
    by_hand = [holder for holder in lacking if holder.is_known]
    return "\n".join(
        [
            *_listed("Identités à compléter (ou --partial pour transmettre les autres) :", to_complete),
            *_listed("À déclarer sur le portail (ou --partial pour transmettre les autres) :", by_hand),
        ]
    )


def _listed(heading: str, holders: list[Holder]) -> Iterator[str]:
    if holders:
        yield heading
    yield from (f"{holder.technical_id} : {', '.join(holder.lacks)}" for holder in holders[:NAMED])
    if len(holders) > NAMED:
        yield f"… et {len(holders) - NAMED} autres"
