from django.apps import AppConfig


class JuriesConfig(AppConfig):
    name = "juries"
    verbose_name = "Jurys et certificats"
    default_auto_field = "django.db.models.BigAutoField"
