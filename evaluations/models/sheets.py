"""The marks of one block in a CRFP's part: who answers for them, how they are checked, their tests."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Count, F, Q

from candidates.models import Enrolment, SessionPart
from cqp.accounts.models import User
from evaluations.models.marks import Mark, Typed
from evaluations.models.regulation import Block
from evaluations.states import SheetState


class BlockSheetQuerySet(models.QuerySet["BlockSheet"]):
    def counted(self) -> Self:
        """Each with how many tests make its marks, its block and its responsible."""
        return self.select_related("block", "responsible", "submitted_by").annotate(
            counted_tests=Count("tests")
        )


class BlockSheet(models.Model):
    """The sheet of a block: its responsible, its double entry, and its transmission, signed and dated.

    No row means what the regulation says, and nothing done yet.
    """

    part = models.ForeignKey(SessionPart, models.PROTECT, related_name="sheets")
    block = models.ForeignKey(Block, models.PROTECT, related_name="sheets")
    responsible = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="responsable"
    )
    # What the CRFP asks beyond the regulation; empty: nothing more.
    double_entry = models.CharField(
        "double saisie", max_length=10, choices=Block.DoubleEntry, blank=True, default=""
    )
    state = models.CharField("état", max_length=12, choices=SheetState, default=SheetState.DRAFT)
    submitted_at = models.DateTimeField("transmise le", null=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = BlockSheetQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["part", "block__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "block"], name="sheet_once"),
            models.CheckConstraint(
                condition=Q(state=SheetState.DRAFT, submitted_at__isnull=True, submitted_by__isnull=True)
                | Q(
                    state=SheetState.SUBMITTED,
                    submitted_at__isnull=False,
                    submitted_by__isnull=False,
                ),
                name="sheet_transmission_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.block} · {self.part}"

    @property
    def is_submitted(self) -> bool:
        return self.state == SheetState.SUBMITTED

    @property
    def tests_count(self) -> int:
        """How many tests make the marks; counted by the query when it was asked to."""
        counted: int | None = getattr(self, "counted_tests", None)
        if counted is None:
            counted = self.tests.count() if self.pk else 0
        return counted

    @property
    def checks(self) -> str:
        """Which marks are typed twice: what the regulation asks, or more if the CRFP wants more."""
        wanted = {self.block.double_entry or "", self.double_entry}
        levels = (Block.DoubleEntry.ALL, Block.DoubleEntry.FLAGGED)
        return next((level.value for level in levels if level in wanted), "")


class SecondEntry(Typed):
    """The same mark typed by a second person who did not see the first; a difference is settled by name."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="second_entries")
    block = models.ForeignKey(Block, models.PROTECT, related_name="second_entries")
    attempt = models.PositiveSmallIntegerField(choices=Mark.Attempt)
    entered_at = models.DateTimeField("ressaisie le")
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # The version of the mark that somebody settled on; a later change of the mark opens the question again.
    settled_version = models.PositiveIntegerField("version retenue", null=True)
    settled_at = models.DateTimeField("tranchée le", null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["enrolment", "block", "attempt"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrolment", "block", "attempt"], name="second_entry_once"),
            models.CheckConstraint(
                condition=Q(outcome="NOTE", value__isnull=False)
                | (Q(outcome__in=["ABS", "ABJ"]) & Q(value__isnull=True)),
                name="second_entry_says_something",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=0, value__lte=F("scale")),
                name="second_entry_within_scale",
            ),
            models.CheckConstraint(
                condition=Q(settled_version__isnull=True, settled_at__isnull=True, settled_by__isnull=True)
                | Q(
                    settled_version__isnull=False,
                    settled_at__isnull=False,
                    settled_by__isnull=False,
                ),
                name="second_entry_settling_is_signed",
            ),
        ]


class DetailLine(models.Model):
    """One test of a block in a CRFP's part; the mean of its tests is the mark (A28)."""

    sheet = models.ForeignKey(BlockSheet, models.PROTECT, related_name="tests")
    position = models.PositiveSmallIntegerField("ordre")
    label = models.CharField("libellé", max_length=60)

    class Meta:
        ordering: ClassVar = ["sheet", "position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["sheet", "label"], name="test_label_once")]

    def __str__(self) -> str:
        return self.label


class DetailMark(Typed):
    """What one candidate had at one test."""

    line = models.ForeignKey(DetailLine, models.CASCADE, related_name="marks")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="test_marks")
    version = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField("saisie le")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["line", "enrolment"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line", "enrolment"], name="test_mark_once"),
            models.CheckConstraint(
                condition=Q(outcome="NOTE", value__isnull=False)
                | (~Q(outcome="NOTE") & Q(value__isnull=True)),
                name="test_mark_value_goes_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=0, value__lte=F("scale")),
                name="test_mark_within_scale",
            ),
        ]
