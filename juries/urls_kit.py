"""The addresses of the kit of a jury, which goes out and comes back; juries/urls.py mounts them."""

from django.urls import path

import cqp.converters  # noqa: F401 - makes <id:…> known
from juries.views import kit

urlpatterns = [
    path("<id:pk>/kit/", kit.kit, name="kit"),
    path("<id:pk>/kit.xlsx", kit.kit_file, name="kit_file"),
]
