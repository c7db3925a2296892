"""The addresses of the register of holders and their transmission; cqp/awards/urls.py mounts them."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
