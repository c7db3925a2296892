"""When and where each candidate is heard, and what he or she was told of it."""

from datetime import date, datetime, time, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from candidates.models import Enrolment
from cqp.accounts.models import User
from juries.models.local import Hearing, LocalJury


class HearingDay(models.Model):
    """A day a jury sits, in one room, with its break."""

    jury = models.ForeignKey(LocalJury, models.CASCADE, related_name="days")
    day = models.DateField("jour")
    place = models.CharField("lieu", max_length=120)
    room = models.CharField("salle", max_length=60, blank=True, default="")
    starts = models.TimeField("début", default=time(9))
    ends = models.TimeField("fin", default=time(17))
    break_starts = models.TimeField("pause, de", null=True, blank=True)
    break_ends = models.TimeField("pause, à", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["jury", "day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jury", "day"], name="jury_day_once"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="jury_day_lasts"),
            models.CheckConstraint(
                condition=Q(break_starts__isnull=True, break_ends__isnull=True)
                | Q(
                    break_starts__gte=F("starts"),
                    break_ends__gt=F("break_starts"),
                    break_ends__lte=F("ends"),
                ),
                name="jury_break_is_within_its_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jury} · {self.day:%d/%m/%Y}"


class Unavailability(models.Model):
    """When a candidate cannot come: a whole day, or some hours of it."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="unavailabilities")
    day = models.DateField("jour")
    starts = models.TimeField("de", null=True, blank=True)
    ends = models.TimeField("à", null=True, blank=True)
    reason = models.CharField("raison", max_length=200, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["enrolment", "day", "starts"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(starts__isnull=True, ends__isnull=True)
                | Q(starts__isnull=False, ends__gt=F("starts")),
                name="unavailability_lasts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.day:%d/%m/%Y}"


class HearingSlot(models.Model):
    """The hour a candidate is heard."""

    hearing = models.OneToOneField(Hearing, models.CASCADE, related_name="slot")
    day = models.ForeignKey(HearingDay, models.PROTECT, related_name="slots")
    starts = models.TimeField("heure")
    minutes = models.PositiveSmallIntegerField("durée, en minutes")

    class Meta:
        ordering: ClassVar = ["day", "starts"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "starts"], name="slot_taken_once"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="slot_lasts"),
        ]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M} · {self.hearing}"

    @property
    def ends(self) -> time:
        return (datetime.combine(date.min, self.starts) + timedelta(minutes=self.minutes)).time()


class Summons(models.Model):
    """What a candidate was told, and when: a new plan makes a new one, the earlier ones stay readable."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="summons")
    rank = models.PositiveSmallIntegerField("convocation n°")
    content = models.TextField()
    digest = models.CharField("empreinte SHA-256", max_length=64)
    email = models.EmailField("envoyée à", blank=True, default="")
    at = models.DateTimeField("le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        ordering: ClassVar = ["enrolment", "rank"]
        verbose_name_plural = "summons"
        constraints: ClassVar = [models.UniqueConstraint(fields=["enrolment", "rank"], name="summons_once")]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.rank}"
