"""A file somebody sent: what it would do, what was confirmed of it, how far that is."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from candidates.models.enrolments import SessionPart
from candidates.states import ImportState
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.roles import Role


class ListImportQuerySet(models.QuerySet["ListImport"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """A file is the business of who sent it, in the CRFP they sent it for."""
        if actor is not None and actor.role == Role.CRFP:
            return self.filter(part__crfp=actor.organisme, by=actor.user)
        return self.none()


class ListImport(models.Model):
    """One file: its lines as they were read, then what became of them.

    The preview is computed anew from the lines each time it is looked at: nothing computed is kept before the
    confirmation. `accepted` are the numbers of the lines confirmed; `done` of them are in, in their order.
    """

    class Kind(models.TextChoices):
        CANDIDATES = "CANDIDATS", "Candidats"
        MARKS = "NOTES", "Notes"

    part = models.ForeignKey(SessionPart, models.PROTECT, related_name="imports")
    kind = models.CharField("contenu", max_length=10, choices=Kind)
    # The code of the one block asked for, where the file may hold several.
    block = models.CharField("épreuve", max_length=20, blank=True, default="")
    file_name = models.CharField("fichier", max_length=160)
    sha256 = models.CharField("empreinte", max_length=64)
    rows = models.JSONField("lignes", default=list)  # [number in the file, [texts]]; the first: its headings
    notices = models.JSONField("remarques de lecture", default=list)  # [sentence, [numbers], blocking]
    accepted = models.JSONField("lignes retenues", default=list)
    report = models.JSONField("compte rendu", default=dict)
    state = models.CharField("état", max_length=10, choices=ImportState, default=ImportState.PREVIEW)
    total = models.PositiveIntegerField("à faire", default=0)
    done = models.PositiveIntegerField("faites", default=0)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")
    at = models.DateTimeField("envoyé le")
    confirmed_at = models.DateTimeField("confirmé le", null=True)
    finished_at = models.DateTimeField("terminé le", null=True)

    objects = ListImportQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["part", "kind", "sha256"], name="import_same_file")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=ImportState.PREVIEW, confirmed_at__isnull=True, finished_at__isnull=True)
                | Q(state=ImportState.RUNNING, confirmed_at__isnull=False, finished_at__isnull=True)
                | Q(
                    state__in=[ImportState.DONE, ImportState.FAILED],
                    confirmed_at__isnull=False,
                    finished_at__isnull=False,
                ),
                name="import_state_is_dated",
            ),
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="import_done_within_total"),
        ]

    def __str__(self) -> str:
        return self.file_name
