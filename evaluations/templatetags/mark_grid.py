"""The cell of the mark grid, written by hand: two hundred a page, where a template would be slow."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from evaluations.views.grid import Cell

register = template.Library()

_PLAIN = '<td class="num"><span class="cell-read">{}</span></td>'
_OPEN = (
    '<td><span class="cell {state}"><input type="text" inputmode="decimal" autocomplete="off" maxlength="20"'
    ' id="n-{key}" name="n-{key}" value="{entry}" aria-labelledby="c-{column} e-{candidate}"'
    ' aria-describedby="r-{key}"{more}><input type="hidden" name="v-{key}" value="{version}:{stored}">'
    '<span class="cell-note" id="r-{key}">{note}</span></span></td>'
)


@register.simple_tag
def mark_cell(cell: Cell) -> SafeString:
    """One cell: a value to read, or an input with what the page showed, its state and its reason."""
    if cell.is_plain:
        return format_html(_PLAIN, cell.entry or "–")
    more = " readonly" if cell.is_locked else " aria-invalid=true" if cell.note else ""
    return format_html(
        _OPEN,
        state=cell.state or ("is-locked" if cell.is_locked else ""),
        key=cell.key,
        entry=cell.entry,
        column=cell.column.key,
        candidate=cell.enrolment.pk,
        more=more,
        version=cell.version,
        stored=cell.stored,
        note=cell.note or cell.reason,
    )
