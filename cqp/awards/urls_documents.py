"""The addresses of stationery, registrations, duplicates, letters; cqp/awards/urls.py mounts them."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
