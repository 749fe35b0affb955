"""An image of an issue, made fit for letters: really an image, not too wide, carrying nothing about who took it."""

import re
import warnings
from collections.abc import Collection
from io import BytesIO
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageOps
from PIL.Image import DecompressionBombError, DecompressionBombWarning
from PIL.Image import Image as Picture

from mailer.content.files import close_to
from mailer.domain.letters import Image
from mailer.errors import Problem
from mailer.language import N_

WIDEST = 1200
"""Pixels: twice the width of a letter, for dense screens."""
LARGEST_FILE = 15_000_000
"""Bytes: a camera's own file fits."""
MOST_PIXELS = 60_000_000
JPEG_QUALITY = 85
MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif"}
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF"}
SUFFIXES = (".png", ".jpg", ".jpeg", ".gif")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PRIVATE = ("exif", "xmp", "XML:com.adobe.xmp", "photoshop", "comment", "mp", "mpoffset")
"""What Pillow calls the parts of a file that may tell a place, a person or a device."""

ELSEWHERE = N_('the image "{image}" is not beside issue.md: copy it into the same folder and write its name alone.')
BAD_NAME = N_('"{image}" cannot be the name of an image: only letters without accents, digits and . _ - are allowed.')
NO_IMAGE = N_('there is no image "{image}" beside issue.md. Copy it there, or correct its name.')
NO_IMAGE_CLOSE = N_('there is no image "{image}" beside issue.md. Did you mean "{close}"?')
NOT_AN_IMAGE = N_('"{image}" is not an image that can be read, or it is damaged: save it again as PNG or JPEG.')
OTHER_FORMAT = N_('"{image}" is a {format} image, which many mail programs do not show: save it as PNG or JPEG.')
TOO_LARGE = N_('the image "{image}" is too large ({size} MB): make it smaller, at most {most} MB.')
TOO_MANY_PIXELS = N_('the image "{image}" has too many pixels: make it smaller, {widest} pixels wide are enough.')
WIDE_ANIMATION = N_('the animated image "{image}" is {width} pixels wide: make it at most {widest} pixels wide.')
UNREADABLE = N_('the image "{image}" cannot be read: {reason}.')


def read_image(folder: Path, name: str, path: str, line: int) -> tuple[Image | None, list[Problem]]:
    """The image `name` beside an issue, as it will be served; `path` and `line` say where it is mentioned."""
    values: dict[str, object] = {"image": name}
    if "/" in name or "\\" in name:
        return None, [Problem(path, line, ELSEWHERE, values)]
    if not NAME.fullmatch(name):
        return None, [Problem(path, line, BAD_NAME, values)]
    if not (folder / name).is_file():
        return None, [_missing(folder, name, path, line)]
    try:
        raw = (folder / name).read_bytes()
    except OSError as error:
        return None, [Problem(path, line, UNREADABLE, {**values, "reason": error.strerror or str(error)})]
    if len(raw) > LARGEST_FILE:
        size = {"size": round(len(raw) / 1e6, 1), "most": LARGEST_FILE // 1_000_000}
        return None, [Problem(path, line, TOO_LARGE, {**values, **size})]
    made = _make(name, raw)
    if isinstance(made, Image):
        return made, []
    sentence, more = made
    return None, [Problem(path, line, sentence, {**values, **more})]


Unfit = tuple[str, dict[str, object]]


def _make(name: str, raw: bytes) -> Image | Unfit:
    picture = open_picture(raw)
    if isinstance(picture, Picture):
        form = "JPEG" if picture.format == "MPO" else str(picture.format)
        return _fit(name, raw, picture, MEDIA_TYPES[form])
    sentence, values = picture
    return sentence, values


def open_picture(raw: bytes, forms: Collection[str] = tuple(MEDIA_TYPES)) -> Picture | Unfit:
    """The picture, decoded whole, if it is in one of these forms; else why not, in a sentence with its values."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DecompressionBombWarning)
            picture = Pillow.open(BytesIO(raw))
        if picture.width * picture.height > MOST_PIXELS:
            return TOO_MANY_PIXELS, {"widest": WIDEST}
        # A telephone's JPEG with a second picture in it calls itself MPO.
        form = "JPEG" if picture.format == "MPO" else str(picture.format)
        if form not in forms:
            return OTHER_FORMAT, {"format": form}
        picture.load()
    except (DecompressionBombError, DecompressionBombWarning):
        return TOO_MANY_PIXELS, {"widest": WIDEST}
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError):
        # Pillow's readers end in any of these on a damaged file.
        return NOT_AN_IMAGE, {}
    return picture


def is_animated(picture: Picture) -> bool:
    """Several pictures that follow each other; a telephone's second one does not."""
    return bool(getattr(picture, "is_animated", False)) and picture.format != "MPO"


def _fit(name: str, raw: bytes, picture: Picture, media_type: str) -> Image | Unfit:
    if is_animated(picture):
        if picture.width > WIDEST:
            return WIDE_ANIMATION, {"width": picture.width, "widest": WIDEST}
        return Image(name, media_type, raw, picture.width, picture.height)
    if picture.width <= WIDEST and not _tells_more(picture):
        return Image(name, media_type, raw, picture.width, picture.height)
    return made_again(name, picture, media_type)


def _tells_more(picture: Picture) -> bool:
    return (
        any(picture.info.get(key) for key in PRIVATE) or bool(getattr(picture, "text", None)) or bool(picture.getexif())
    )


def made_again(name: str, picture: Picture, media_type: str) -> Image:
    """Upright, narrow enough, with its colour profile and nothing else; the same bytes for the same file."""
    upright = ImageOps.exif_transpose(picture)
    profile = picture.info.get("icc_profile")
    if upright.width > WIDEST:
        height = max(1, round(upright.height * WIDEST / upright.width))
        upright = _resizable(upright).resize((WIDEST, height), Pillow.Resampling.LANCZOS)
    if picture.mode == "P" and upright.mode != "P":
        # A drawing of few colours stays one: in true colours it would be several times as heavy.
        upright = upright.quantize(256, method=Pillow.Quantize.FASTOCTREE, dither=Pillow.Dither.NONE)
    if media_type == "image/jpeg" and upright.mode not in ("L", "RGB"):
        upright, profile = upright.convert("RGB"), None
    upright.info = {key: value for key, value in upright.info.items() if key == "transparency"}
    written = BytesIO()
    match media_type:
        case "image/jpeg":
            upright.save(written, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True, icc_profile=profile)
        case _:
            upright.save(written, FORMATS[media_type], optimize=True, icc_profile=profile)
    return Image(name, media_type, written.getvalue(), upright.width, upright.height)


def _resizable(picture: Picture) -> Picture:
    if picture.mode in ("L", "RGB", "RGBA", "LA"):
        return picture
    if picture.mode.startswith(("I", "F")):
        return picture.convert("L")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _missing(folder: Path, name: str, path: str, line: int) -> Problem:
    there = [file.name for file in folder.iterdir() if file.suffix.lower() in SUFFIXES]
    if close := close_to(name, there):
        return Problem(path, line, NO_IMAGE_CLOSE, {"image": name, "close": close})
    return Problem(path, line, NO_IMAGE, {"image": name})
