"""`python manage.py build_demo`: the demonstration data, once; prints its accounts each time."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from candidates.models import Enrolment, Session
from candidates.states import SessionState
from cqp.accounts.models import User
from cqp.awards.demo import dress_papers, follow_the_proclamations
from cqp.roles import ROLE_LABELS, Role
from juries.demo import add_sessions_in_points, begin, let_the_candidates_in
from juries.demo_blocs import add_session_in_blocs
from juries.models import Decision
from juries.states import Outcome


class Command(BaseCommand):
    help = "Build the demonstration data through the services; does nothing when sessions exist."

    def handle(self, *args: Any, **options: Any) -> None:
        data = json.loads((settings.BASE_DIR / "fixtures" / "demo.json").read_text())
        if not Session.objects.exists():
            with transaction.atomic():
                demo = begin(data, timezone.now())
                dress_papers(demo)
                add_sessions_in_points(demo)
                add_session_in_blocs(demo)
                let_the_candidates_in(demo)
                follow_the_proclamations(demo)
        self.stdout.write(f"Comptes de démonstration (mot de passe : {data['password']})")
        for row in data["accounts"]:
            label = ROLE_LABELS[Role(row["role"])]
            self.stdout.write(f"  {row['email']:<34} {label}, {row['first_name']} {row['last_name']}")
        self._print_candidates()

    def _print_candidates(self) -> None:
        """One certified candidate and one who is not, with the number they sign in for."""
        for outcome in (Outcome.CERTIFIED, Outcome.NOT_CERTIFIED):
            decision = (
                Decision.objects.filter(outcome=outcome, enrolment__session__state=SessionState.PROCLAIMED)
                .select_related("enrolment__candidate__user")
                .order_by("pk")
                .first()
            )
            if decision:
                enrolment: Enrolment = decision.enrolment
                user: User = enrolment.candidate.user  # type: ignore[assignment]
                self.stdout.write(
                    f"  {user.email:<34} Candidat {outcome.label.lower()}, numéro {enrolment.number}"
                )
