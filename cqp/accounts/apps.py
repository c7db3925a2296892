from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "cqp.accounts"
    label = "accounts"
    verbose_name = "Comptes et réseau"
    default_auto_field = "django.db.models.BigAutoField"
