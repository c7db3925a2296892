from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "cqp.awards"
    label = "awards"
    verbose_name = "Documents, titulaires et transmission"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cqp.awards.stationery import dress_of, logo_of
        from juries.stationery import keep_stationery

        keep_stationery(dress_of=dress_of, logo_of=logo_of)
