from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "cqp.awards"
    label = "awards"
    verbose_name = "Documents, titulaires et transmission"
    default_auto_field = "django.db.models.BigAutoField"
