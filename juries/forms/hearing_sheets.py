"""What a juror fills in alone during a hearing: notes, and the marks he or she would give."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from evaluations.models import Block
from evaluations.scoring import format_number
from juries.hearing_sheets import OwnSheet
from juries.reading import HearingLine


@dataclass(frozen=True, slots=True)
class ProposalField:
    """A block of the jury with the field of the mark proposed in it."""

    block: Block
    entry: BoundField


class OwnSheetForm(forms.Form):
    """A juror's own sheet for one candidate."""

    notes = forms.CharField(label="Mes notes", required=False, widget=forms.Textarea, strip=False)
    notes_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, line: HearingLine, sheet: OwnSheet, data: QueryDict | None = None) -> None:
        super().__init__(data, initial=_shown(line, sheet))
        self.line = line
        for block in line.blocks:
            self.fields[f"proposition-{block.code}"] = forms.CharField(
                label="Note que je donnerais", required=False, max_length=12
            )

    @property
    def proposals(self) -> list[ProposalField]:
        return [ProposalField(block, self[f"proposition-{block.code}"]) for block in self.line.blocks]

    @property
    def written(self) -> tuple[str, int]:
        """The notes as typed, and the version that was on the screen."""
        return self.cleaned_data["notes"], self.cleaned_data["notes_version"]

    @property
    def proposed(self) -> list[tuple[Block, str]]:
        return [(block, self.cleaned_data[f"proposition-{block.code}"]) for block in self.line.blocks]

    def refuse(self, sentences: dict[str, str], sheet: OwnSheet) -> None:
        """Put each refusal beside its field; what another page of this juror left is now the version seen."""
        for key, sentence in sentences.items():
            self.add_error("notes" if key == "notes" else f"proposition-{key}", sentence)
        version = str(sheet.note.version if sheet.note else 0)
        self.data = {**self.data.dict(), "notes_version": version}  # type: ignore[attr-defined]


def _shown(line: HearingLine, sheet: OwnSheet) -> dict[str, Any]:
    """What the sheet shows before anybody types."""
    shown: dict[str, Any] = {
        "notes": sheet.note.text if sheet.note else "",
        "notes_version": sheet.note.version if sheet.note else 0,
    }
    for block in line.blocks:
        mark = sheet.marks.get(block.pk)
        shown[f"proposition-{block.code}"] = format_number(mark.value) if mark else ""
    return shown
