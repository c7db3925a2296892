"""The addresses of the opening of the results and their previews; cqp/awards/urls.py mounts them."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
