from django.apps import AppConfig


class CqpConfig(AppConfig):
    name = "cqp"
    label = "cqp"
    verbose_name = "CQP"
