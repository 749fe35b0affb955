"""A picture that somebody brings: whatever its size, made into one that a letter can carry, safely named."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from mailer.content.findings import HEAVY_IMAGE
from mailer.content.images import (
    TOO_LARGE,
    WIDE_ANIMATION,
    WIDEST,
    is_animated,
    made_again,
    open_picture,
)
from mailer.domain.letters import Image
from mailer.errors import Refused
from mailer.language import N_

LARGEST_UPLOAD = 20_000_000
"""Bytes: the largest that a telephone makes."""
LONGEST_STEM = 40
KEPT = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif"}
TAKEN = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}

IS_SVG = N_('"{image}" is a drawing in SVG, which mail programs do not show: export it as PNG.')
IS_HEIC = N_(
    '"{image}" is a photo in HEIC, which few programs read: on the telephone, choose « most compatible » in the '
    "camera's formats, or send it to yourself by mail, and take the JPEG."
)


def take_in(file_name: str, raw: bytes, taken: Mapping[str, bytes]) -> Image:
    """The picture as it is kept: upright, at most twice a letter's width, without what tells a place or a person.

    `taken`: the files that are there; the same picture twice is the one that is there. Raises Refused.
    """
    shown = file_name[-80:]
    if len(raw) > LARGEST_UPLOAD:
        raise Refused(TOO_LARGE, image=shown, size=round(len(raw) / 1e6, 1), most=LARGEST_UPLOAD // 1_000_000)
    if _is_svg(raw):
        raise Refused(IS_SVG, image=shown)
    if raw[4:8] == b"ftyp" and raw[8:11] in (b"hei", b"hev", b"mif"):
        raise Refused(IS_HEIC, image=shown)
    made = _made(shown, raw)
    return replace(made, name=_free_name(file_name, made, taken))


def _made(shown: str, raw: bytes) -> Image:
    picture = open_picture(raw, TAKEN)
    if isinstance(picture, tuple):
        sentence, values = picture
        raise Refused(sentence, image=shown, **values)
    form = "JPEG" if picture.format == "MPO" else str(picture.format)
    if is_animated(picture):
        if form != "GIF":
            picture.seek(0)
        elif picture.width > WIDEST:
            raise Refused(WIDE_ANIMATION, image=shown, width=picture.width, widest=WIDEST)
        else:
            return Image("", KEPT[form], raw, picture.width, picture.height)
    media_type = KEPT.get(form) or ("image/png" if picture.has_transparency_data else "image/jpeg")
    made = made_again("", picture, media_type)
    if media_type == "image/png" and len(made.content) > HEAVY_IMAGE and not picture.has_transparency_data:
        # A photo saved as PNG weighs five times what it needs.
        lighter = made_again("", picture, "image/jpeg")
        return min(made, lighter, key=lambda one: len(one.content))
    return made


def _is_svg(raw: bytes) -> bool:
    start = raw[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(b"<") and b"svg" in start


def _free_name(file_name: str, made: Image, taken: Mapping[str, bytes]) -> str:
    stem = re.split(r"[/\\]", file_name)[-1].rpartition(".")[0] or file_name
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_STEM].strip("-") or "image"
    extension, number = EXTENSIONS[made.media_type], 1
    name = f"{stem}.{extension}"
    while name in taken and taken[name] != made.content:
        number += 1
        name = f"{stem}-{number}.{extension}"
    return name
