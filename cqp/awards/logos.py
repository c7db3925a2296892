"""The logo of a certification: a picture checked, then drawn anew as a plain PNG."""

import io

from PIL import Image

from cqp.workflow import Refusal
from evaluations.attachments import check

MAX_BYTES = 500_000
MIN_SIDE, MAX_SIDE = 40, 4_000
_KEPT = (1_000, 500)  # enough for 60 mm at 400 points an inch
_PICTURES = {"image/png", "image/jpeg"}
UNREADABLE = "Ce logo ne peut pas être lu : choisissez une image PNG ou JPEG."


def logo_of_file(name: str, content: bytes) -> bytes:
    """The PNG that is kept of a file somebody sends: opaque, small, without anything but its pixels.

    The file is first opened by the process that reads what people join, bounded in time and memory.
    Raises Refusal with one sentence.
    """
    if len(content) > MAX_BYTES:
        raise Refusal("Ce logo dépasse 500 ko : réduisez l’image.")
    try:
        checked = check(name, content)
    except Refusal as refused:
        raise Refusal(UNREADABLE) from refused
    if checked.kind not in _PICTURES:
        raise Refusal(UNREADABLE)
    with Image.open(io.BytesIO(checked.content), formats=["PNG", "JPEG"]) as picture:
        if min(picture.size) < MIN_SIDE or max(picture.size) > MAX_SIDE:
            raise Refusal(
                f"Ce logo mesure {picture.width} × {picture.height} points : il en faut {MIN_SIDE} au moins "
                f"et {MAX_SIDE} au plus de chaque côté."
            )
        drawn = picture.convert("RGBA")
    drawn.thumbnail(_KEPT)
    # Documents are white: no transparency, which printers and archives treat each in their own way.
    flat = Image.new("RGB", drawn.size, "white")
    flat.paste(drawn, mask=drawn.getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "PNG", optimize=False)
    return out.getvalue()
