"""The addresses of the planning of hearings and of the convocations; juries/urls.py mounts them."""

from django.urls import path

import cqp.converters  # noqa: F401 - makes <id:…> known
from juries.views import planning, summons

urlpatterns = [
    path("<id:pk>/planning/", planning.jury_plan, name="jury_plan"),
    path("<id:pk>/planning/proposer/", planning.plan_propose, name="plan_propose"),
    path("<id:pk>/planning/journees/", planning.day_add, name="day_add"),
    path("journees/<id:pk>/", planning.day_edit, name="day_edit"),
    path("journees/<id:pk>/supprimer/", planning.day_remove, name="day_remove"),
    path("journees/<id:pk>/emargement.pdf", planning.day_attendance, name="day_attendance"),
    path("auditions/<id:pk>/horaire/", planning.hearing_hour, name="hearing_hour"),
    path("auditions/<id:pk>/horaire/retirer/", planning.hearing_clear, name="hearing_clear"),
    path("auditions/<id:pk>/indisponible/", planning.away_add, name="away_add"),
    path("indisponibilites/<id:pk>/retirer/", planning.away_remove, name="away_remove"),
    path("<id:pk>/convocations/", summons.summons_list, name="summons_list"),
    path("<id:pk>/convocations/envoyer/", summons.summons_send, name="summons_send"),
    path("<id:pk>/convocations.pdf", summons.summons_book, name="summons_book"),
    path("convocations/<id:pk>.pdf", summons.summons_one, name="summons_one"),
    path("convocations/<id:pk>/renvoyer/", summons.summons_again, name="summons_again"),
    path("ma-convocation/<id:pk>.pdf", summons.own_summons, name="own_summons"),
]
