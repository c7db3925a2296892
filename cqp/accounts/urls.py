from django.urls import path

from cqp.accounts import views

app_name = "accounts"
urlpatterns = [
    path("role/", views.choose_role, name="choose_role"),
]
