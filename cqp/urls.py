"""Mounts the rooms, nothing else."""

from allauth.account import views as allauth
from django.urls import include, path, re_path

from cqp import home, pages
from cqp.http import reads, writes

urlpatterns = [
    path("", home.home, name="home"),
    path("accessibilite/", pages.accessibility, name="accessibility"),
    path("connexion/", writes(allauth.login), name="account_login"),
    path("deconnexion/", writes(allauth.logout), name="account_logout"),
    path("compte-inactif/", reads(allauth.account_inactive), name="account_inactive"),
    path("mot-de-passe/", writes(allauth.password_change), name="account_change_password"),
    path("mot-de-passe/choisir/", writes(allauth.password_set), name="account_set_password"),
    path("mot-de-passe/oublie/", writes(allauth.password_reset), name="account_reset_password"),
    path(
        "mot-de-passe/oublie/envoye/",
        reads(allauth.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(  # the key holds hyphens: a plain <uidb36> would swallow its beginning
        r"^mot-de-passe/nouveau/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        writes(allauth.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "mot-de-passe/nouveau/fait/",
        reads(allauth.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("", include("cqp.accounts.urls")),
    path("", include("candidates.urls")),
    path("evaluations/", include("evaluations.urls")),
    path("jurys/", include("juries.urls")),
]
