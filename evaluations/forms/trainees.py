"""The marks a tutor or a manager gives: one big field each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms

from evaluations.models import Block, Mark
from evaluations.scoring import format_number

_DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}


@dataclass(frozen=True, slots=True)
class Awaited:
    """A mark somebody gives: the block, what stands there, and the lines it is made of, if any."""

    block: Block
    mark: Mark | None
    lines: int = 0
    given: int = 0

    @property
    def entry(self) -> str:
        return self.mark.entry if self.mark else ""

    @property
    def version(self) -> int:
        return self.mark.version if self.mark else 0


class TraineeForm(forms.Form):
    """One big field a mark, with the version of what the person saw."""

    def __init__(self, *args: Any, awaited: Iterable[Awaited], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in awaited:
            scale = format_number(item.block.mark_max)
            self.fields[f"note_{item.block.pk}"] = forms.CharField(
                label=f"{item.block.label}, sur {scale}",
                required=False,
                max_length=20,
                initial=item.entry,
                help_text=f"De 0 à {scale}, deux décimales au plus.",
                widget=forms.TextInput(attrs=_DECIMAL | {"class": "form-control-lg"}),
            )
            self.fields[f"version_{item.block.pk}"] = forms.IntegerField(
                initial=item.version, min_value=0, widget=forms.HiddenInput
            )

    def typed(self, block: Block) -> tuple[str, int]:
        """The mark as typed and the version it was typed over."""
        return self.cleaned_data[f"note_{block.pk}"], self.cleaned_data[f"version_{block.pk}"]

    def refuse(self, block: Block, sentence: str, stored_version: int | None) -> None:
        """Say beside the field why it was not saved; after a conflict, saving again replaces it."""
        if stored_version is not None:
            self.data = {**self.data.dict(), f"version_{block.pk}": str(stored_version)}  # type: ignore[attr-defined]
            sentence += " Enregistrez de nouveau pour remplacer cette valeur par la vôtre."
        self.add_error(f"note_{block.pk}", sentence)
