"""The addresses of the public check of a certificate; cqp/awards/urls.py mounts them."""

from django.urls import path

from cqp.awards.views import verification

urlpatterns = [
    path("verifier/", verification.verify, name="verify"),
    path("verifier/certificat.pem", verification.seal_certificate, name="seal_certificate"),
    # As short as can be: the QR of a certificate prints it.
    path("v/<str:code>/", verification.verify_code, name="verify_code"),
]
