"""Workbooks as people send them, made cell by cell: by the library that writes them, or by hand."""

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import xlsxwriter

OPEN_DOCUMENT = "application/vnd.oasis.opendocument.spreadsheet"


def zip_of(parts: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def repacked(
    content: bytes, change: Callable[[str, bytes], bytes], packing: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """The same archive, its parts changed on the way."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", packing) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def excel(build: Callable[[Any], object]) -> bytes:
    """A workbook somebody builds: `build` is given the open workbook."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    build(book)
    book.close()
    return out.getvalue()


def excel_of(*rows: list[Any]) -> bytes:
    def build(book: Any) -> None:
        sheet = book.add_worksheet("Notes")
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)

    return excel(build)


def to_declare_by_hand(rows: str, after: str = "") -> bytes:
    """An Excel workbook of one sheet, from the XML of its rows and of what follows them."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return zip_of(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}"><sheets>'
            '<sheet name="Notes" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{office}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{rows}</sheetData>{after}</worksheet>",
        }
    )


def cell(text: str, about: str = 'office:value-type="string"') -> str:
    """A cell of an OpenDocument sheet."""
    return f"<table:table-cell {about}><text:p>{text}</text:p></table:table-cell>"


def row(*cells: str, about: str = "") -> str:
    return f"<table:table-row {about}>{''.join(cells)}</table:table-row>"


def open_document(sheets: Mapping[str, str], hidden: tuple[str, ...] = (), before: str = "") -> bytes:
    """An OpenDocument workbook: name -> the XML of its rows."""
    space = 'xmlns:{0}="urn:oasis:names:tc:opendocument:xmlns:{0}:1.0"'
    spaces = " ".join(space.format(name) for name in ("office", "table", "text", "style"))
    calc = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table">'
        f'<style:table-properties table:display="{shown}"/></style:style>'
        for name, shown in (("seen", "true"), ("unseen", "false"))
    )
    tables = "".join(
        f'<table:table table:name="{name}" table:style-name="{"unseen" if name in hidden else "seen"}">'
        f"{rows}</table:table>"
        for name, rows in sheets.items()
    )
    content = (
        f"{before}<office:document-content {spaces} {calc}>"
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{OPEN_DOCUMENT}"/>'
        "</manifest:manifest>"
    )
    return zip_of({"mimetype": OPEN_DOCUMENT, "content.xml": content, "META-INF/manifest.xml": manifest})
