"""The addresses of the public check of a certificate; cqp/awards/urls.py mounts them."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
