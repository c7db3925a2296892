"""The addresses of the decisions rectified after a proclamation; juries/urls.py mounts them."""

from django.urls import path

import cqp.converters  # noqa: F401 - makes <id:…> known
from juries.views import rectification_acts, rectifications

urlpatterns = [
    path("rectifications/", rectifications.rectification_list, name="rectification_list"),
    path("rectifications/<id:pk>/", rectifications.rectification_detail, name="rectification_detail"),
    path("rectifications/<id:pk>.pdf", rectifications.rectification_pdf, name="rectification_pdf"),
    path(
        "rectifications/proposer/<id:pk>/",
        rectification_acts.rectification_propose,
        name="rectification_propose",
    ),
    path(
        "rectifications/<id:pk>/approuver/",
        rectification_acts.rectification_approve,
        name="rectification_approve",
    ),
    path(
        "rectifications/<id:pk>/decider/",
        rectification_acts.rectification_decide,
        name="rectification_decide",
    ),
    path(
        "rectifications/<id:pk>/rejeter/",
        rectification_acts.rectification_dismiss,
        name="rectification_dismiss",
    ),
]
