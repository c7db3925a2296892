from django.apps import AppConfig


class CandidatesConfig(AppConfig):
    name = "candidates"
    verbose_name = "Candidats et sessions"
    default_auto_field = "django.db.models.BigAutoField"
