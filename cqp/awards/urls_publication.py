"""The addresses of the opening of the results and their previews; cqp/awards/urls.py mounts them."""

from django.urls import URLPattern, path

import cqp.converters  # noqa: F401 - makes <id:…> known
from cqp.awards.views import previews, publication

urlpatterns: list[URLPattern] = [
    path("delivrance/<slug:code>/", publication.session_awards, name="session_awards"),
    path(
        "delivrance/<slug:code>/apercu/<id:pk>/<slug:audience>/",
        previews.result_preview,
        name="result_preview",
    ),
    path("delivrance/<slug:code>/ouverture/", publication.results_opening, name="results_opening"),
]
