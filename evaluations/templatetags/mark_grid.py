"""The cell of the mark grid, written by hand: more than a thousand a page, where a template would be slow."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cqp.templatetags.fr import nbsp
from cqp.templatetags.ui import icon
from evaluations.views.grid import Cell

register = template.Library()

_PLAIN = '<td class="num{kept}"{near}><span class="cell-read">{flag}{entry}</span></td>'
_OPEN = (
    '<td><span class="cell {state}"><input type="text" inputmode="decimal" autocomplete="off" maxlength="20"'
    ' id="n-{key}" name="n-{key}" value="{entry}" aria-labelledby="c-{column} e-{candidate}"{more}>'
    '<input type="hidden" name="v-{key}" value="{version}:{stored}">{hidden}{flag}{note}</span></td>'
)
_NEAR = SafeString(" data-near")
_NOTHING = SafeString("")


@register.simple_tag
def mark_cell(cell: Cell) -> SafeString:
    """One cell: a value to read, or an input with what the page showed, its state and its reason."""
    near = _NEAR if cell.is_near else _NOTHING
    if cell.is_plain:
        kept = " cell-kept" if cell.origin else ""
        flag = _flag(cell) + _origin(cell)
        return format_html(_PLAIN, kept=kept, near=near, flag=flag, entry=cell.entry or "–")
    return format_html(
        _OPEN,
        state=cell.state or ("is-locked" if cell.is_locked else ""),
        key=cell.key,
        entry=cell.entry,
        column=cell.column.key,
        candidate=cell.enrolment.pk,
        more=_more(cell) + near,
        version=cell.version,
        stored=cell.stored,
        hidden=_hidden(cell),
        flag=_flag(cell),
        note=_note(cell),
    )


def _more(cell: Cell) -> SafeString:
    """What describes the input: its reason or its note, why its mark was confirmed."""
    described = ["r-" + cell.key] if cell.note or cell.reason else []
    described += ["f-" + cell.key] if cell.flag else []
    more = _NOTHING
    if described:
        more += format_html(' aria-describedby="{}"', " ".join(described))
    if cell.is_locked:
        more += SafeString(" readonly")
    elif cell.note:
        more += SafeString(' aria-invalid="true"')
    return more


def _hidden(cell: Cell) -> SafeString:
    """What a page without script sends back to confirm a value asked about, or one put back."""
    hidden = _NOTHING
    if cell.asked:
        hidden += format_html('<input type="hidden" name="q-{}" value="{}">', cell.key, cell.asked)
    if cell.restores:
        hidden += format_html('<input type="hidden" name="r-{}" value="{}">', cell.key, cell.restores)
    return hidden


def _flag(cell: Cell) -> SafeString:
    """The sign of a mark that surprised, and was confirmed."""
    if not cell.flag:
        return _NOTHING
    return format_html(
        '<span class="cell-flag" id="f-{0}" title="{1}">{2}<span class="visually-hidden">{1}</span></span>',
        cell.key,
        cell.flag,
        icon("flag"),
    )


def _origin(cell: Cell) -> SafeString:
    """The lock of a mark kept from an earlier session, and which one."""
    if not cell.origin:
        return _NOTHING
    return format_html(
        '<span class="cell-origin" title="{0}">{1}<span class="visually-hidden">{0}</span></span> ',
        nbsp(cell.origin),
        icon("lock"),
    )


def _note(cell: Cell) -> SafeString:
    text = cell.note or cell.reason
    return format_html('<span class="cell-note" id="r-{}">{}</span>', cell.key, text) if text else _NOTHING
