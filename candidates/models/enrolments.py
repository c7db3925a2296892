"""Who sits, for which option, in which session."""

import unicodedata
from datetime import date, datetime
from typing import ClassVar, Self

from dateutil.relativedelta import relativedelta
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format

from candidates.states import EnrolmentState, PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Organisme, User
from cqp.roles import Role


class Certification(models.Model):
    """A CQP of the branch: gestionnaire conseil, délégué de l'assurance maladie."""

    code = models.CharField(max_length=10, unique=True)
    title = models.CharField("intitulé exact", max_length=200)
    short_title = models.CharField("intitulé court", max_length=80)

    class Meta:
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.short_title


class RncpRegistration(models.Model):
    """A dated registration; a certificate prints it only when the decision falls within its dates."""

    certification = models.ForeignKey(Certification, models.PROTECT, related_name="registrations")
    code = models.CharField(max_length=12)
    level = models.CharField("niveau", max_length=4)
    eu_level = models.CharField("niveau européen", max_length=4)
    nsf_codes = models.CharField("codes NSF", max_length=40)
    decided_on = models.DateField("décision d’enregistrement", null=True, blank=True)
    valid_from = models.DateField("valable du", null=True, blank=True)
    valid_to = models.DateField("au")

    class Meta:
        ordering: ClassVar = ["certification", "valid_to"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["certification", "code"], name="registration_once")
        ]

    def __str__(self) -> str:
        return self.code

    def covers(self, day: date) -> bool:
        """Was it in force that day? One whose beginning is not known covers nothing: no line is printed."""
        return self.valid_from is not None and self.valid_from <= day <= self.valid_to


class Option(models.Model):
    """An option of a certification (R22), with its two labels by document (A15)."""

    certification = models.ForeignKey(Certification, models.PROTECT, related_name="options")
    code = models.CharField(max_length=20)
    label = models.CharField("libellé", max_length=120)
    short_label = models.CharField("autre libellé", max_length=120, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["certification", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["certification", "code"], name="option_once")
        ]

    def __str__(self) -> str:
        return self.label


def published(to_session: str, at: datetime) -> Q:
    """The rows whose session has its results open at that moment; `to_session` leads to it, or is empty."""
    way = f"{to_session}__" if to_session else ""
    return Q(**{f"{way}results_open_at__lte": at})


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Ucanss and the CRFP follow every session; the CPNEFP sees those brought before it."""
        match actor.role if actor else None:
            case Role.UCANSS | Role.CRFP:
                return self.all()
            case Role.CPNEFP | Role.CPNEFP_PRESIDENT:
                return self.filter(
                    Q(state__in=[SessionState.DELIBERATION, SessionState.PROCLAIMED])
                    | Q(parts__state=PartState.TRANSMITTED)
                ).distinct()
        return self.none()


class Session(models.Model):
    """A session of examinations (R35), from its opening to its proclamation."""

    code = models.CharField(max_length=20, unique=True)
    certification = models.ForeignKey(Certification, models.PROTECT, related_name="sessions")
    options = models.ManyToManyField(Option, blank=True, related_name="sessions")
    exam_first_day = models.DateField("premier jour des épreuves")
    exam_last_day = models.DateField("dernier jour des épreuves")
    enrolment_deadline = models.DateField("clôture des inscriptions")
    entry_deadline = models.DateField("échéance de saisie des notes")
    state = models.CharField("état", max_length=12, choices=SessionState, default=SessionState.OPEN)
    opened_at = models.DateTimeField("ouverte le")
    # Set by the proclamation: before that hour its results reach nobody but Ucanss and the CPNEFP.
    results_open_at = models.DateTimeField("ouverture des résultats", null=True, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-exam_last_day", "code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(exam_first_day__lte=F("exam_last_day")), name="session_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(enrolment_deadline__lte=F("exam_first_day")),
                name="session_enrolment_before_exams",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        month = date_format(self.exam_last_day, "F Y")
        of = "d’" if month[0] in "ao" else "de "  # avril, août, octobre
        return f"{self.certification.short_title}, session {of}{month}"

    @property
    def national_jury_deadline(self) -> date:
        """The latest day of the national jury: one calendar month after the last exam day (R36, A24)."""
        return self.exam_last_day + relativedelta(months=1)

    def is_published(self, at: datetime) -> bool:
        """Are its results open, at that moment?"""
        return self.results_open_at is not None and self.results_open_at <= at


class SessionPartQuerySet(models.QuerySet["SessionPart"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """Ucanss sees every part, a CRFP its own."""
        match actor.role if actor else None:
            case Role.UCANSS:
                return self.all()
            case Role.CRFP:
                return self.filter(crfp=actor.organisme)  # type: ignore[union-attr]
        return self.none()


class SessionPart(models.Model):
    """What one CRFP brings to a session: its candidates, their marks, its local juries."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="parts")
    crfp = models.ForeignKey(Organisme, models.PROTECT, related_name="parts")
    state = models.CharField("état", max_length=12, choices=PartState, default=PartState.OPEN)
    transmitted_at = models.DateTimeField("transmise le", null=True)
    transmitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = SessionPartQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["session", "crfp__name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "crfp"], name="part_once"),
            models.CheckConstraint(
                condition=Q(state=PartState.OPEN, transmitted_at__isnull=True, transmitted_by__isnull=True)
                | Q(
                    state=PartState.TRANSMITTED,
                    transmitted_at__isnull=False,
                    transmitted_by__isnull=False,
                ),
                name="part_transmission_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session.code} · {self.crfp.name}"


def sort_key_of(*names: str) -> str:
    """Upper case without accents: the same order on both databases."""
    text = unicodedata.normalize("NFKD", " ".join(names))
    plain = "".join(c for c in text if not unicodedata.combining(c)).upper()
    return " ".join(plain.replace("-", " ").replace("’", " ").replace("'", " ").split())


class Candidate(models.Model):
    """A person's civil identity, as the certificate prints it."""

    birth_name = models.CharField("nom de naissance", max_length=80)
    used_name = models.CharField("nom d’usage", max_length=80, blank=True, default="")
    first_names = models.CharField("prénoms", max_length=120)
    birth_date = models.DateField("date de naissance")
    birth_place = models.CharField("lieu de naissance", max_length=120)
    email = models.EmailField("adresse électronique")
    sort_key = models.CharField(max_length=210, db_index=True, editable=False)
    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="candidate")

    class Meta:
        ordering: ClassVar = ["sort_key", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sort_key", "birth_date", "birth_place"], name="candidate_identity_once"
            )
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """NOM Prénom, under the used name when there is one."""
        return f"{(self.used_name or self.birth_name).upper()} {self.first_name}"

    @property
    def first_name(self) -> str:
        return self.first_names.replace(",", " ").split(" ")[0]


class CivilStatus(models.Model):
    """What the transmission of holders wants besides the identity; completed when it comes to that."""

    class Sex(models.TextChoices):
        FEMALE = "F", "Féminin"
        MALE = "M", "Masculin"

    candidate = models.OneToOneField(Candidate, models.PROTECT, related_name="civil_status")
    sex = models.CharField("sexe", max_length=1, choices=Sex)
    # Born in France: the INSEE code of the commune; elsewhere: that of the country.
    birth_commune_code = models.CharField("commune de naissance", max_length=5, blank=True, default="")
    birth_country_code = models.CharField("pays de naissance", max_length=5, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(birth_commune_code="") ^ ~Q(birth_country_code=""),
                name="civil_status_birth_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.candidate} · {self.get_sex_display()}"


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """An actor's rows: a region's, trainees, employees, one's own. Jurors come from their jury."""
        if actor is None:
            return self.none()
        match actor.role:
            case Role.UCANSS:
                return self.all()
            case Role.CRFP:
                return self.filter(part__crfp=actor.organisme)
            case Role.TUTOR:
                return self.filter(tutor=actor.user)
            case Role.MANAGER:
                return self.filter(manager=actor.user)
            case Role.ORGANISME:
                return self.filter(organisme=actor.organisme)
            case Role.CANDIDATE:
                return self.filter(candidate__user=actor.user)
            case Role.CPNEFP | Role.CPNEFP_PRESIDENT:
                return self.filter(session__state__in=[SessionState.DELIBERATION, SessionState.PROCLAIMED])
        return self.none()

    def sitting(self) -> Self:
        """Those who are still candidates of their session."""
        return self.filter(state=EnrolmentState.ENROLLED)


class Enrolment(models.Model):
    """One candidate in one session, with everything its conditions and its jury need."""

    class Contract(models.TextChoices):
        CDI = "CDI", "Contrat à durée indéterminée"
        CDD = "CDD", "Contrat à durée déterminée"
        PRO_CONTRACT = "CONTRAT_PRO", "Contrat de professionnalisation"
        PRO_PERIOD = "PERIODE_PRO", "Période de professionnalisation"

    class Pass(models.TextChoices):
        YES = "OUI", "Oui"
        NO = "NON", "Non"
        UNKNOWN = "INCONNU", "Pas encore connu"

    session = models.ForeignKey(Session, models.PROTECT, related_name="enrolments")
    part = models.ForeignKey(SessionPart, models.PROTECT, related_name="enrolments")
    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="enrolments")
    option = models.ForeignKey(Option, models.PROTECT, null=True, blank=True, related_name="enrolments")
    organisme = models.ForeignKey(Organisme, models.PROTECT, related_name="enrolments")
    tutor = models.ForeignKey(User, models.PROTECT, related_name="tutored", verbose_name="tuteur")
    manager = models.ForeignKey(User, models.PROTECT, related_name="managed", verbose_name="manager")
    corrector = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="corrected", verbose_name="correcteur"
    )
    contract = models.CharField("type de contrat", max_length=12, choices=Contract)
    pass_followed = models.CharField("Pass suivi", max_length=8, choices=Pass, default=Pass.UNKNOWN)
    premss_start = models.DateField("premier jour de Prem’ss", null=True, blank=True)
    derogation_motive = models.TextField("motif de la dérogation", blank=True, default="", max_length=1000)
    derogation_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    number = models.CharField("numéro d’identification", max_length=14, unique=True)
    state = models.CharField("état", max_length=8, choices=EnrolmentState, default=EnrolmentState.ENROLLED)
    withdrawal_motive = models.TextField("motif du désistement", blank=True, default="", max_length=1000)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["candidate__sort_key", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "candidate"], name="enrolment_once"),
            models.CheckConstraint(
                condition=Q(derogation_motive="", derogation_by__isnull=True)
                | (~Q(derogation_motive="") & Q(derogation_by__isnull=False)),
                name="enrolment_derogation_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(state=EnrolmentState.ENROLLED, withdrawal_motive="")
                | (Q(state=EnrolmentState.WITHDRAWN) & ~Q(withdrawal_motive="")),
                name="enrolment_withdrawal_has_motive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate} · {self.session.code}"

    @property
    def has_derogation(self) -> bool:
        return bool(self.derogation_motive)
