"""The addresses of a sitting of the national jury; juries/urls.py mounts them before those of the session."""

from django.urls import path

import cqp.converters  # noqa: F401 - makes <id:…> known
from juries.views import certificates, sitting

urlpatterns = [
    path("<slug:code>/seance/", sitting.sitting_roll, name="sitting_roll"),
    path("<slug:code>/seance/direct/", sitting.sitting_live, name="sitting_live"),
    path("<slug:code>/seance/direct/dossier/", sitting.sitting_live_file, name="sitting_live_file"),
    path("<slug:code>/seance/direct/fin/", sitting.file_dismiss, name="file_dismiss"),
    path("<slug:code>/proclamation/pv.pdf", certificates.proclamation_pdf, name="proclamation_pdf"),
    path("<slug:code>/dossiers/<id:pk>/appeler/", sitting.file_call, name="file_call"),
    path("<slug:code>/dossiers/<id:pk>/extraire/", sitting.file_extract, name="file_extract"),
    path("<slug:code>/dossiers/<id:pk>/remettre/", sitting.file_put_back, name="file_put_back"),
    path("<slug:code>/dossiers/<id:pk>/recuser/", sitting.file_step_aside, name="file_step_aside"),
    path("<slug:code>/dossiers/<id:pk>/points/<slug:block_code>/", sitting.file_points, name="file_points"),
]
