"""The addresses of the local juries and of the transmission; juries/urls.py mounts them."""

from django.urls import path

import cqp.converters  # noqa: F401 - makes <id:…> known
from juries.views import blocs, composition, hearing_save, hearings, local, transmission

urlpatterns = [
    path("", local.jury_list, name="jury_list"),
    path("<id:pk>/", local.jury_detail, name="jury_detail"),
    path("<id:pk>/clore/", local.jury_close, name="jury_close"),
    path("auditions/<id:pk>/", hearings.hearing, name="hearing"),
    path("auditions/<id:pk>/ma-fiche/", hearings.own_sheet, name="own_sheet"),
    path("auditions/enregistrer/", hearing_save.hearing_save, name="hearing_save"),
    path("auditions/<id:pk>/blocs/<slug:code>/", blocs.bloc_sheet, name="bloc_sheet"),
    path("<id:pk>/composer/", composition.jury_edit, name="jury_edit"),
    path("<id:pk>/supprimer/", composition.jury_remove, name="jury_remove"),
    path("<id:pk>/sieges/<slug:rule>/", composition.seat_fill, name="seat_fill"),
    path("sieges/<id:pk>/presider/", composition.seat_preside, name="seat_preside"),
    path("sieges/<id:pk>/liberer/", composition.seat_free, name="seat_free"),
    path("<id:pk>/candidats/", composition.candidates_assign, name="candidates_assign"),
    path("auditions/<id:pk>/retirer/", composition.candidate_release, name="candidate_release"),
    path("<slug:code>/crfp/<slug:crfp>/", composition.jury_compose, name="jury_compose"),
    path("<slug:code>/crfp/<slug:crfp>/transmettre/", transmission.part_transmit, name="part_transmit"),
]
