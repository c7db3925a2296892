"""Tries counted against a limit: wrong numbers, wrong passwords, wrong codes."""

from typing import ClassVar

from django.db import models


class Tries(models.Model):
    """How many tries under one key (a person, an address), within the hour of the first one.

    A row and not an entry of the cache, which cannot add one to a number without losing those of others.
    """

    key = models.CharField("clé", max_length=100, primary_key=True)
    count = models.PositiveIntegerField("essais", default=0)
    until = models.DateTimeField("jusqu’à", db_index=True)

    class Meta:
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return f"{self.key} · {self.count}"
