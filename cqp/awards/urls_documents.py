"""The addresses of stationery, registrations, duplicates, letters; cqp/awards/urls.py mounts them."""

from django.urls import path

from cqp.awards.views import duplicates, letters, registrations, stationery

urlpatterns = [
    path("documents/", stationery.certification_list, name="certification_list"),
    path("documents/<slug:code>/papeterie/", stationery.stationery, name="stationery"),
    path("documents/<slug:code>/papeterie/apercu/", stationery.stationery_preview, name="stationery_preview"),
    path("documents/<slug:code>/enregistrements/", registrations.registration_list, name="registration_list"),
    path(
        "documents/<slug:code>/enregistrements/<id:pk>/",
        registrations.registration_edit,
        name="registration_edit",
    ),
    path("duplicatas/<slug:number>/", duplicates.duplicate_list, name="duplicate_list"),
    path("duplicatas/<slug:number>/<id:rank>.pdf", duplicates.duplicate_pdf, name="duplicate_pdf"),
    path("courriers/<id:pk>.pdf", letters.letter_pdf, name="letter_pdf"),
    path("attestations/<id:pk>.pdf", letters.attestation_pdf, name="attestation_pdf"),
    path("releves-provisoires/<id:pk>.pdf", letters.provisional_transcript, name="provisional_transcript"),
]
