"""The addresses of the register of holders and their transmission; cqp/awards/urls.py mounts them."""

from django.urls import path

import cqp.converters  # noqa: F401 - makes <id:…> known
from cqp.awards.views import identities, portal, register, transmission

urlpatterns = [
    path("titulaires/", register.register, name="register"),
    path("titulaires/statistiques/", register.register_statistics, name="register_statistics"),
    path("titulaires/communes/", identities.commune_options, name="commune_options"),
    path("titulaires/identites/<slug:code>/", identities.identity_list, name="identity_list"),
    path("titulaires/identites/<slug:code>/fichier/", identities.identity_file, name="identity_file"),
    path("titulaires/identite/<id:pk>/", identities.identity_complete, name="identity_complete"),
    path("titulaires/accrochage/<slug:code>/", transmission.transmission, name="transmission"),
    path("titulaires/flux/<slug:identifier>/", transmission.flux_file, name="flux_file"),
    path("titulaires/flux/<slug:identifier>/rapport/", transmission.flux_report, name="flux_report"),
    path("titulaires/flux/<slug:identifier>/abandon/", transmission.flux_give_up, name="flux_give_up"),
    path("titulaires/portail/<slug:number>/", portal.portal_note, name="portal_note"),
    path("titulaires/<slug:number>/", register.holder_history, name="holder_history"),
]
