"""The addresses of what prepares a national jury: forecast, fairness, sheet; juries/urls.py mounts them."""

from django.urls import path

from juries.views import fairness, forecast

urlpatterns = [
    path("previsions/", forecast.forecast_list, name="forecast_list"),
    path("previsions/<slug:code>/relancer/", forecast.owner_remind, name="owner_remind"),
    path("<slug:code>/equite/", fairness.fairness, name="fairness"),
]
