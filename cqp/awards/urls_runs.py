"""The addresses of the runs of documents; cqp/awards/urls.py mounts them."""

from django.urls import URLPattern, path

import cqp.converters  # noqa: F401 - makes <id:…> known
from cqp.awards.views import runs

urlpatterns: list[URLPattern] = [
    path("delivrance/<slug:code>/documents/", runs.run_list, name="run_list"),
    path("delivrance/<slug:code>/documents/<id:pk>/zip/", runs.run_archive, name="run_archive"),
    path("delivrance/<slug:code>/documents/<id:pk>/pdf/", runs.run_book, name="run_book"),
]
