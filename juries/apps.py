from django.apps import AppConfig


class JuriesConfig(AppConfig):
    name = "juries"
    verbose_name = "Jurys et certificats"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from candidates.concealment import conceal
        from juries.sitting import hidden_from

        conceal(hidden_from)
