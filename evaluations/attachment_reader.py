"""The process that opens a joined file: stdin to one line of JSON. No Django; it may die without harm."""

import io
import json
import resource
import sys
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_PAGES = 50
MAX_OBJECTS = 20_000
_MEMORY = 1024 * 1024 * 1024
_SECONDS = 15

_JPEG, _PNG, _PDF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
# What acts, hides or calls elsewhere in a PDF. Links to a page of the web are left to their reader.
_ACTIVE_KEYS = frozenset(
    {"/JavaScript", "/JS", "/AA", "/OpenAction", "/EmbeddedFiles", "/EmbeddedFile", "/EF", "/XFA"}
    | {"/RichMedia", "/RichMediaContent", "/AF", "/Collection"}
)
_ACTIVE_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/ResetForm", "/GoToR", "/GoToE"}
    | {
        "/RichMediaExecute",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/GoTo3DView",
        "/Hide",
        "/SetOCGState",
        "/Trans",
    }
)
_ACTIVE_SUBTYPES = frozenset(
    {"/RichMedia", "/3D", "/Screen", "/Movie", "/Sound", "/FileAttachment", "/EmbeddedFile"}
)


class Refused(Exception):
    """The one word the other side turns into a sentence."""


def main() -> None:
    """Read the file of stdin, answer what it is or why it is refused."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        told = read(content)
    except Refused as refused:
        told = {"refusal": str(refused)}
    except Exception:
        told = {"refusal": "damaged"}
    sys.stdout.write(json.dumps(told))


def read(content: bytes) -> dict[str, str]:
    """The kind of the file by its content, with its bytes when they were made anew."""
    if content.startswith(_PDF):
        check_pdf(content)
        return {"kind": "application/pdf"}
    for signature, kind in ((_JPEG, "JPEG"), (_PNG, "PNG")):
        if content.startswith(signature):
            drawn = redraw(content, kind)
            return {"kind": f"image/{kind.lower()}", "content": b64encode(drawn).decode()}
    raise Refused("kind")


def redraw(content: bytes, kind: str) -> bytes:
    """The pixels of a picture in a file of our making, upright, without what else the file said."""
    from PIL import Image, ImageOps  # only in this process

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(io.BytesIO(content), formats=[kind]) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise Refused("pixels")
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        if upright.mode.startswith("I"):  # sixteen bits of grey, that a plain conversion would wash out
            upright = upright.convert("I").point(lambda grey: grey / 256).convert("L")
        mode = "RGB" if kind == "JPEG" or upright.mode not in ("L", "RGBA", "LA", "P") else "RGBA"
        clean = Image.new(mode, upright.size)
        clean.paste(upright.convert(mode))
    out = io.BytesIO()
    clean.save(out, kind, **({"quality": 88} if kind == "JPEG" else {"optimize": False}))
    if out.tell() > MAX_BYTES:
        raise Refused("heavy")
    return out.getvalue()


def check_pdf(content: bytes) -> None:
    """Refuse a PDF that is locked, damaged, too long, or in which something acts or hides."""
    import pikepdf  # only in this process

    if content.rstrip(b"\r\n\t \x00")[-5:] != b"%%EOF":
        raise Refused("both")
    try:
        pdf = pikepdf.open(io.BytesIO(content))
    except pikepdf.PasswordError as error:
        raise Refused("encrypted") from error
    with pdf:
        if pdf.is_encrypted:
            raise Refused("encrypted")
        if pdf.get_warnings():
            raise Refused("damaged")
        if not pdf.pages:
            raise Refused("damaged")
        if len(pdf.pages) > MAX_PAGES:
            raise Refused("pages")
        if len(pdf.objects) > MAX_OBJECTS:
            raise Refused("pages")
        for dictionary in _dictionaries(pdf):
            _demand_passive(dictionary)


def _demand_passive(dictionary: Any) -> None:
    keys = set(dictionary.keys())
    if keys & _ACTIVE_KEYS:
        raise Refused("active")
    if (
        str(dictionary.get("/S", "")) in _ACTIVE_ACTIONS
        or str(dictionary.get("/Subtype", "")) in _ACTIVE_SUBTYPES
    ):
        raise Refused("active")


def _dictionaries(pdf: Any) -> Iterator[Any]:
    """Every dictionary of the file, reached from a page or not; those within others too."""
    import pikepdf  # only in this process

    waiting = [pdf.trailer, *pdf.objects]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.Stream):
            one = one.stream_dict
        if isinstance(one, pikepdf.Dictionary):
            yield one
            children = [one[key] for key in one.keys()]  # noqa: SIM118 - not a Python mapping
        elif isinstance(one, pikepdf.Array):
            children = list(one)
        else:
            continue
        # What is indirect is among the objects of the file already.
        waiting += [
            child for child in children if isinstance(child, pikepdf.Object) and not child.is_indirect
        ]


if __name__ == "__main__":
    main()
