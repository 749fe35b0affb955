"""Images made fit for letters."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from mailer.content.images import WIDEST, read_image
from mailer.domain.letters import Image
from tests.content.sites import picture


def fit(folder: Path, content: bytes, name: str = "a.png") -> Image:
    (folder / name).write_bytes(content)
    image, problems = read_image(folder, name, "issue.md", 7)
    assert problems == []
    assert image is not None
    return image


def refused(folder: Path, content: bytes, name: str = "a.png") -> str:
    (folder / name).write_bytes(content)
    image, [problem] = read_image(folder, name, "issue.md", 7)
    assert image is None
    return str(problem)


def camera_exif(orientation: int) -> bytes:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera of Jeanne"
    return exif.tobytes()


@pytest.mark.parametrize(("form", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/gif")])
def test_a_fit_image_keeps_its_bytes_and_is_known_by_them_not_by_its_name(
    tmp_path: Path, form: str, media_type: str
) -> None:
    content = picture(form)
    image = fit(tmp_path, content)
    assert (image.content, image.media_type, image.width, image.height) == (content, media_type, 40, 30)


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("PNG", "I;16"),
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("GIF", "P"),
    ],
)
def test_a_wide_image_becomes_as_wide_as_letters_need_and_the_same_each_time(
    tmp_path: Path, form: str, mode: str
) -> None:
    content = picture(form, (2400, 900), mode)
    image = fit(tmp_path, content)
    assert (image.width, image.height) == (WIDEST, 450)
    with Pillow.open(BytesIO(image.content)) as made:
        assert (made.size, made.format) == ((WIDEST, 450), form)
    assert fit(tmp_path, content).content == image.content


def test_a_drawing_of_few_colours_stays_one(tmp_path: Path) -> None:
    image = fit(tmp_path, picture("PNG", (2400, 900), "P"))
    with Pillow.open(BytesIO(image.content)) as made:
        assert made.mode == "P"


def test_a_photograph_stands_upright_and_tells_nothing_of_its_camera(tmp_path: Path) -> None:
    image = fit(tmp_path, picture("JPEG", exif=camera_exif(6)))
    assert (image.width, image.height) == (30, 40)
    assert b"Jeanne" not in image.content
    with Pillow.open(BytesIO(image.content)) as made:
        assert not made.getexif()


def test_words_hidden_in_a_png_are_taken_out(tmp_path: Path) -> None:
    notes = PngInfo()
    notes.add_text("Author", "Jeanne")
    notes.add_text("Comment", "Jeanne", zip=True)
    image = fit(tmp_path, picture("PNG", pnginfo=notes))
    with Pillow.open(BytesIO(image.content)) as made:
        made.load()
        assert getattr(made, "text", None) == {}


def test_words_hidden_in_a_jpeg_are_taken_out(tmp_path: Path) -> None:
    assert b"Jeanne" not in fit(tmp_path, picture("JPEG", comment=b"Jeanne")).content


def test_transparency_survives(tmp_path: Path) -> None:
    clear = Pillow.new("RGBA", (2400, 10), (0, 0, 0, 0))
    written = BytesIO()
    clear.save(written, "PNG")
    with Pillow.open(BytesIO(fit(tmp_path, written.getvalue()).content)) as made:
        assert made.convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)


def animation(width: int) -> bytes:
    written = BytesIO()
    frames = [Pillow.new("RGB", (width, 10), colour) for colour in ("black", "white")]
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:], duration=100)
    return written.getvalue()


def test_a_small_animation_stays_as_it_is(tmp_path: Path) -> None:
    content = animation(100)
    with Pillow.open(BytesIO(content)) as made:
        assert getattr(made, "is_animated", False)
    assert fit(tmp_path, content, "a.gif").content == content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (animation(1300), 'the animated image "a.png" is 1300 pixels wide'),
        (picture("WEBP"), '"a.png" is a WEBP image'),
        (picture("TIFF"), '"a.png" is a TIFF image'),
        (b"", '"a.png" is not an image that can be read'),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", '"a.png" is not an image that can be read'),
        (picture()[:-40], '"a.png" is not an image that can be read'),
        (picture("JPEG")[:300], '"a.png" is not an image that can be read'),
        (b"x" * 15_000_001, 'the image "a.png" is too large (15.0 MB): make it smaller, at most 15 MB.'),
    ],
)
def test_what_letters_cannot_carry_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    assert f"issue.md:7: {said}" in refused(tmp_path, content)


@pytest.mark.parametrize("side", [8_000, 10_000, 14_000])
def test_a_small_file_of_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path: Path, side: int) -> None:
    written = BytesIO()
    Pillow.new("1", (side, side)).save(written, "PNG")
    assert "has too many pixels" in refused(tmp_path, written.getvalue())
