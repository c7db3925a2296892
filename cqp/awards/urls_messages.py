"""The addresses of the queue of messages; cqp/awards/urls.py mounts them."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
