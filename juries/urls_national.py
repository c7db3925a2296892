"""The addresses of the national jury, of the results and of the certificates; juries/urls.py mounts them."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

import cqp.converters  # noqa: F401 - makes <id:…> known
from juries.views import certificates, decide, national, results, retakes

# Certificates and letters already printed give this address of the public check.
_moved = RedirectView.as_view(pattern_name="awards:verify", permanent=True, query_string=True)

urlpatterns = [
    path("verifier/", login_not_required(require_safe(_moved)), name="verify_moved"),
    path("national/", national.sitting_list, name="sitting_list"),
    path("a-representer/", retakes.retake_plans, name="retake_plans"),
    path("a-representer/<id:pk>/", retakes.retake_plan, name="retake_plan"),
    path("a-representer/<id:pk>/inscrire/<slug:code>/", retakes.re_enrolment, name="re_enrolment"),
    path("organisme/", results.organisme_results, name="organisme_results"),
    path("mes-resultats/", results.own_results, name="own_results"),
    path("certificats/<str:number>.pdf", certificates.certificate_pdf, name="certificate_pdf"),
    path("blocs/<str:number>.pdf", certificates.bloc_certificate_pdf, name="bloc_certificate_pdf"),
    path("releves/<id:pk>.pdf", certificates.transcript_pdf, name="transcript_pdf"),
    path("<slug:code>/", national.national_table, name="national_table"),
    path("<slug:code>/seance/ouvrir/", national.sitting_open, name="sitting_open"),
    path("<slug:code>/dossiers/<id:pk>/", decide.decide, name="decide"),
    path("<slug:code>/adopter/", national.adopt_clear, name="adopt_clear"),
    path("<slug:code>/proclamer/", national.proclaim, name="proclaim"),
    path("<slug:code>/proclamation/", certificates.proclamation_detail, name="proclamation_detail"),
    path("<slug:code>/certificats/", certificates.certificate_list, name="certificate_list"),
    path(
        "<slug:code>/certificats-de-bloc/", certificates.bloc_certificate_list, name="bloc_certificate_list"
    ),
]
