"""The journal: append-only, chained by SHA-256, one chain a session. The database refuses to change it."""

from typing import ClassVar

from django.db import models

from cqp.accounts.models import User
from cqp.roles import ACT_LABELS, ROLE_LABELS, Act, Role

GENESIS = "0" * 64


class Chain(models.Model):
    """One chain of entries and its head; its row is the lock that orders writers."""

    key = models.CharField(max_length=40, unique=True)
    count = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return self.key


class Entry(models.Model):
    """Who, as what, when, which act, on what, before and after; and the hash of the entry before."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField("n°")
    at = models.DateTimeField("le")
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="par")
    role = models.CharField("en tant que", max_length=20, blank=True)
    organisme = models.CharField(max_length=20, blank=True)
    act = models.CharField("acte", max_length=40)
    subject = models.CharField("objet", max_length=80)
    enrolment_ref = models.BigIntegerField("inscription", null=True)
    before = models.TextField("avant", default="{}")
    after = models.TextField("après", default="{}")
    reason = models.TextField("motif", blank=True, default="")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField("empreinte", max_length=64)

    class Meta:
        ordering: ClassVar = ["chain", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "seq"], name="entry_seq_once"),
            models.UniqueConstraint(fields=["chain", "previous_hash"], name="entry_chain_never_forks"),
        ]
        indexes: ClassVar = [models.Index(fields=["enrolment_ref", "id"], name="entry_story")]

    def __str__(self) -> str:
        return f"{self.chain} n° {self.seq}"

    @property
    def act_label(self) -> str:
        return ACT_LABELS.get(Act(self.act), self.act)

    @property
    def role_label(self) -> str:
        return ROLE_LABELS[Role(self.role)] if self.role else "Produit"
