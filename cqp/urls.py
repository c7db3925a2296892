"""Mounts the rooms, nothing else."""

from allauth.account import views as allauth
from django.urls import include, path, re_path
from django.views.decorators.http import require_http_methods, require_safe

from cqp import home, pages

# The package answers any method, and keeps its own table of addresses in step on a GET: our doors do not fit.
form, page = require_http_methods(["GET", "HEAD", "POST"]), require_safe

urlpatterns = [
    path("", home.home, name="home"),
    path("accessibilite/", pages.accessibility, name="accessibility"),
    path("connexion/", form(allauth.login), name="account_login"),
    path("deconnexion/", form(allauth.logout), name="account_logout"),
    path("compte-inactif/", page(allauth.account_inactive), name="account_inactive"),
    path("mot-de-passe/", form(allauth.password_change), name="account_change_password"),
    path("mot-de-passe/choisir/", form(allauth.password_set), name="account_set_password"),
    path("mot-de-passe/oublie/", form(allauth.password_reset), name="account_reset_password"),
    path(
        "mot-de-passe/oublie/envoye/",
        page(allauth.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(  # the key holds hyphens: a plain <uidb36> would swallow its beginning
        r"^mot-de-passe/nouveau/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        form(allauth.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "mot-de-passe/nouveau/fait/",
        page(allauth.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("", include("cqp.accounts.urls")),
    path("", include("candidates.urls")),
    path("evaluations/", include("evaluations.urls")),
    path("jurys/", include("juries.urls")),
    path("", include("cqp.awards.urls")),
]
