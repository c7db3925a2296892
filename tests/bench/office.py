"""The words of a certificate as an office suite merges them: a flat sheet, its fields filled, made a PDF.

It is kinder to the suite than the real thing: no ornament, no QR code, no tag, and a sheet, for machines
that have the spreadsheet only.
"""

import resource
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

_NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("style", "style"),
        ("table", "table"),
        ("text", "text"),
        ("fo", "xsl-fo-compatible"),
    )
)
_STYLES = {"Big": (39, "bold"), "Title": (24, "normal"), "Plain": (12, "normal"), "Small": (7, "normal")}


def written(path: Path, contents: Sequence[Mapping[str, Any]]) -> Path:
    """Write a workbook with a sheet, which is a page, for each content; return its path."""
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table-cell"><style:table-cell-properties '
        'fo:wrap-option="wrap"/><style:paragraph-properties fo:text-align="center"/>'
        f'<style:text-properties fo:font-size="{size}pt" fo:font-weight="{weight}"/></style:style>'
        for name, (size, weight) in _STYLES.items()
    )
    sheets = "".join(_sheet(rank, content) for rank, content in enumerate(contents))
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {_NAMES} office:version="1.2" '
        'office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:automatic-styles>'
        '<style:page-layout style:name="L"><style:page-layout-properties fo:page-width="297mm" '
        'fo:page-height="210mm" fo:margin="20mm" style:print-orientation="landscape"/></style:page-layout>'
        '<style:style style:name="Wide" style:family="table-column"><style:table-column-properties '
        'style:column-width="250mm"/></style:style><style:style style:name="Page" style:family="table" '
        f'style:master-page-name="Default"/>{styles}</office:automatic-styles><office:master-styles>'
        '<style:master-page style:name="Default" style:page-layout-name="L"/></office:master-styles>'
        f"<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document>"
    )
    return path


def _sheet(rank: int, content: Mapping[str, Any]) -> str:
    holder = content["holder"]
    lines = [
        ("Plain", ", ".join(content["certifiers"])),
        ("Title", content["title"]),
        ("Plain", content["option"]),
        ("Big", holder["name"]),
        ("Plain", f"{holder['birth_name']}   {holder['used_name']}   {holder['first_names']}"),
        ("Plain", f"{holder['birth_date']}, {holder['birth_place']}"),
        ("Plain", f"Fait à {content['place']}, le {content['decision_date']}"),
        ("Plain", f"Certificat nº {content['number']}   {content['session']}"),
        ("Small", f"{content['code']} {content['digest']} {content['verify_url']}"),
    ]
    rows = "".join(
        f'<table:table-row><table:table-cell table:style-name="{style}" office:value-type="string">'
        f"<text:p>{escape(text)}</text:p></table:table-cell></table:table-row>"
        for style, text in lines
    )
    column = '<table:table-column table:style-name="Wide"/>'
    return f'<table:table table:name="C{rank}" table:style-name="Page">{column}{rows}</table:table>'


def merged(folder: Path, sources: Sequence[Path], *, together: bool) -> float:
    """Make each a PDF, in one call or one after the other; return the seconds of processor it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    to_pdf = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    for group in [sources] if together else [[source] for source in sources]:
        subprocess.run([*to_pdf, *map(str, group)], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    missing = [source for source in sources if not source.with_suffix(".pdf").exists()]
    if missing:
        raise RuntimeError(f"{len(missing)} certificates were not made")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
