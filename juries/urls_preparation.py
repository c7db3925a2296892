"""The addresses of what prepares a national jury: forecast, fairness, sheet; juries/urls.py mounts them."""

from django.urls import path

from juries.views import fairness, forecast, preparation

urlpatterns = [
    path("previsions/", forecast.forecast_list, name="forecast_list"),
    path("previsions/<slug:code>/relancer/", forecast.owner_remind, name="owner_remind"),
    path("<slug:code>/equite/", fairness.fairness, name="fairness"),
    path("<slug:code>/preparation/", preparation.preparation, name="preparation"),
    path("<slug:code>/preparation.pdf", preparation.preparation_paper, name="preparation_paper"),
    path("<slug:code>/preparation.xlsx", preparation.preparation_sheet, name="preparation_sheet"),
]
