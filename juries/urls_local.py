"""The addresses of the local juries and of the transmission; juries/urls.py mounts them."""

from django.urls import path

import cqp.converters  # noqa: F401 - makes <id:…> known
from juries.views import (
    blocs,
    composition,
    hearing_save,
    hearings,
    local,
    recusals,
    reopening,
    seats,
    transmission,
)

urlpatterns = [
    path("", local.jury_list, name="jury_list"),
    path("<id:pk>/", local.jury_detail, name="jury_detail"),
    path("<id:pk>/clore/", local.jury_close, name="jury_close"),
    path("auditions/<id:pk>/", hearings.hearing, name="hearing"),
    path("auditions/<id:pk>/ma-fiche/", hearings.own_sheet, name="own_sheet"),
    path("auditions/enregistrer/", hearing_save.hearing_save, name="hearing_save"),
    path("auditions/<id:pk>/blocs/<slug:code>/", blocs.bloc_sheet, name="bloc_sheet"),
    path("auditions/<id:pk>/recuser/", recusals.hearing_recuse, name="hearing_recuse"),
    path("<id:pk>/pv/<id:rank>.pdf", reopening.jury_minutes, name="jury_minutes"),
    path("<id:pk>/proces-verbal/<id:rank>.pdf", reopening.part_minutes, name="part_minutes"),
    path("<id:pk>/rouvrir/", reopening.jury_reopen, name="jury_reopen"),
    path("<slug:code>/jurys/", reopening.session_juries, name="session_juries"),
    path("<id:pk>/composer/", composition.jury_edit, name="jury_edit"),
    path("<id:pk>/supprimer/", composition.jury_remove, name="jury_remove"),
    path("<id:pk>/sieges/<slug:rule>/", seats.seat_fill, name="seat_fill"),
    path("sieges/<id:pk>/presider/", seats.seat_preside, name="seat_preside"),
    path("sieges/<id:pk>/liberer/", seats.seat_free, name="seat_free"),
    path("sieges/<id:pk>/absent/", seats.seat_absent, name="seat_absent"),
    path("sieges/<id:pk>/present/", seats.seat_present, name="seat_present"),
    path("<id:pk>/suppleants/<slug:rule>/", seats.substitute_name, name="substitute_name"),
    path("suppleants/<id:pk>/retirer/", seats.substitute_remove, name="substitute_remove"),
    path("suppleants/<id:pk>/appeler/", seats.substitute_call, name="substitute_call"),
    path("<id:pk>/candidats/", composition.candidates_assign, name="candidates_assign"),
    path("auditions/<id:pk>/retirer/", composition.candidate_release, name="candidate_release"),
    path("<slug:code>/crfp/<slug:crfp>/", composition.jury_compose, name="jury_compose"),
    path("<slug:code>/crfp/<slug:crfp>/transmettre/", transmission.part_transmit, name="part_transmit"),
]
