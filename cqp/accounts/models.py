"""People and the network: who signs in, for which organisme, in which role."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q

from cqp.roles import ROLE_LABELS, Role


class Region(models.Model):
    """A region of the network (R58: the regional level coordinates)."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField("nom", max_length=80)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Organisme(models.Model):
    """A body of the network: Ucanss, CRFP, CPNEFP, national fund or local employer."""

    class Kind(models.TextChoices):
        UCANSS = "UCANSS", "Ucanss"
        CRFP = "CRFP", "CRFP"
        CPNEFP = "CPNEFP", "CPNEFP"
        NATIONAL = "NATIONAL", "Caisse nationale"
        CAISSE = "CAISSE", "Organisme"

    class Branche(models.TextChoices):
        NONE = "", "—"
        MALADIE = "MALADIE", "Maladie"
        FAMILLE = "FAMILLE", "Famille"
        RETRAITE = "RETRAITE", "Retraite"
        RECOUVREMENT = "RECOUVREMENT", "Recouvrement"
        SERVICE_MEDICAL = "SERVICE_MEDICAL", "Service médical"

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField("nom", max_length=120)
    kind = models.CharField("nature", max_length=10, choices=Kind)
    branche = models.CharField(max_length=16, choices=Branche, blank=True, default="")
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="organismes")

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Accounts are known by their e-mail, lower-cased."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What they may do comes from their memberships, nothing else."""

    email = models.EmailField("adresse électronique", unique=True)
    last_name = models.CharField("nom", max_length=80)
    first_name = models.CharField("prénom", max_length=80)
    is_active = models.BooleanField("compte actif", default=True)
    date_joined = models.DateTimeField("créé le", auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["last_name", "first_name"]

    objects = UserManager()

    class Meta:
        ordering: ClassVar = ["last_name", "first_name"]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """As administrations write it: NOM Prénom."""
        return f"{self.last_name.upper()} {self.first_name}"


class Membership(models.Model):
    """A role held by a person, for an organisme where the role has one."""

    class College(models.TextChoices):
        NONE = "", "—"
        EMPLOYEURS = "EMPLOYEURS", "Employeurs"
        SALARIES = "SALARIES", "Salariés"

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField("rôle", max_length=20, choices=[(r.value, ROLE_LABELS[r]) for r in Role])
    organisme = models.ForeignKey(
        Organisme, models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    college = models.CharField("collège", max_length=10, choices=College, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "role", "organisme"], name="membership_once"),
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(organisme=None), name="membership_alone_once"
            ),
            models.CheckConstraint(
                condition=Q(role=Role.CANDIDATE, organisme__isnull=True)
                | (~Q(role=Role.CANDIDATE) & Q(organisme__isnull=False)),
                name="membership_has_organisme",
            ),
            models.CheckConstraint(
                condition=(Q(role__in=[Role.CPNEFP, Role.CPNEFP_PRESIDENT]) & ~Q(college=""))
                | (~Q(role__in=[Role.CPNEFP, Role.CPNEFP_PRESIDENT]) & Q(college="")),
                name="membership_college_of_cpnefp",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class Reminder(models.Model):
    """A reminder sent to somebody in one of their roles: at most one a day."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="reminders")
    day = models.DateField("jour")
    tasks = models.PositiveSmallIntegerField("tâches rappelées")

    class Meta:
        ordering: ClassVar = ["-day", "membership"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["membership", "day"], name="reminder_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.membership} · {self.day}"
