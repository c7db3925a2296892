"""The addresses of the local juries and of the transmission; juries/urls.py mounts them."""

from django.urls import path

from juries.views import composition, local, transmission

urlpatterns = [
    path("", local.jury_list, name="jury_list"),
    path("<int:pk>/", local.jury_detail, name="jury_detail"),
    path("<int:pk>/clore/", local.jury_close, name="jury_close"),
    path("auditions/<int:pk>/", local.hearing, name="hearing"),
    path("<int:pk>/composer/", composition.jury_edit, name="jury_edit"),
    path("<int:pk>/supprimer/", composition.jury_remove, name="jury_remove"),
    path("<int:pk>/sieges/<slug:rule>/", composition.seat_fill, name="seat_fill"),
    path("sieges/<int:pk>/presider/", composition.seat_preside, name="seat_preside"),
    path("sieges/<int:pk>/liberer/", composition.seat_free, name="seat_free"),
    path("<int:pk>/candidats/", composition.candidates_assign, name="candidates_assign"),
    path("auditions/<int:pk>/retirer/", composition.candidate_release, name="candidate_release"),
    path("<slug:code>/crfp/<slug:crfp>/", composition.jury_compose, name="jury_compose"),
    path("<slug:code>/crfp/<slug:crfp>/transmettre/", transmission.part_transmit, name="part_transmit"),
]
