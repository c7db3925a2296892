"""Who sits at the national jury: members by college, presence, proxies, recusals, votes (R13, R36)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from candidates.models import Enrolment
from cqp.accounts.models import Membership, User
from juries.models.national import Decision, Sitting


class SittingMember(models.Model):
    """A member of the CPNEFP convened to one sitting: present, absent, or represented by another member."""

    class Presence(models.TextChoices):
        PRESENT = "PRESENT", "Présent"
        REPRESENTED = "REPRESENTE", "Représenté"
        ABSENT = "ABSENT", "Absent"

    class Office(models.TextChoices):
        NONE = "", "Membre"
        PRESIDENT = "PRESIDENCE", "Présidence"
        VICE_PRESIDENT = "VICE_PRESIDENCE", "Vice-présidence"

    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="members")
    user = models.ForeignKey(User, models.PROTECT, related_name="sittings", verbose_name="membre")
    college = models.CharField("collège", max_length=10, choices=Membership.College)
    presence = models.CharField("présence", max_length=10, choices=Presence, blank=True, default="")
    proxy = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="proxies", verbose_name="pouvoir à"
    )
    office = models.CharField("fonction", max_length=15, choices=Office, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["sitting", "college", "user__last_name", "user__first_name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sitting", "user"], name="member_convened_once"),
            models.UniqueConstraint(
                fields=["sitting", "office"], condition=~Q(office=""), name="sitting_office_once"
            ),
            models.CheckConstraint(
                condition=Q(presence="REPRESENTE", proxy__isnull=False)
                | (~Q(presence="REPRESENTE") & Q(proxy__isnull=True)),
                name="proxy_goes_with_representation",
            ),
            models.CheckConstraint(condition=~Q(proxy=F("pk")), name="proxy_is_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_college_display()})"

    @property
    def has_voice(self) -> bool:
        """Present or represented: counts for the quorum and in a vote."""
        return self.presence in (self.Presence.PRESENT, self.Presence.REPRESENTED)


class MemberRecusal(models.Model):
    """A member who steps aside for one file: sees a number only, and has no voice in it (R56)."""

    member = models.ForeignKey(SittingMember, models.PROTECT, related_name="recusals")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="member_recusals")
    motive = models.CharField("motif", max_length=500)
    at = models.DateTimeField("le")

    class Meta:
        ordering: ClassVar = ["enrolment", "at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "enrolment"], name="member_recused_once"),
            models.CheckConstraint(condition=~Q(motive=""), name="member_recusal_has_motive"),
        ]

    def __str__(self) -> str:
        return f"{self.member} · {self.enrolment}"


class CollegeVote(models.Model):
    """How one college voted on one decision; a decision without any was unanimous."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="votes")
    college = models.CharField("collège", max_length=10, choices=Membership.College)
    in_favour = models.PositiveSmallIntegerField("pour")
    against = models.PositiveSmallIntegerField("contre")
    abstained = models.PositiveSmallIntegerField("abstentions")
    names_against = models.CharField("votes contre de", max_length=500, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["decision", "college"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "college"], name="college_votes_once")
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} · {self.get_college_display()} {self.in_favour}-{self.against}"


class Extraction(models.Model):
    """A file a member took out of those adopted together: it is examined by itself."""

    enrolment = models.OneToOneField(Enrolment, models.PROTECT, related_name="extraction")
    at = models.DateTimeField("le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.by}"


class Floor(models.Model):
    """The file a sitting is discussing; members follow it on their own screens."""

    sitting = models.OneToOneField(Sitting, models.CASCADE, related_name="floor")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField("depuis")

    def __str__(self) -> str:
        return f"{self.sitting} · {self.enrolment_id}"
