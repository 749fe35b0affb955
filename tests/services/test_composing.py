"""An issue written at the desk: nothing is overwritten, nothing is lost, and the files stay the truth."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from mailer.app import App
from mailer.content.writing import Part, Written, take_apart
from mailer.domain.findings import Level
from mailer.domain.letters import BlockKind
from mailer.errors import BadFiles, NotFound, Refused, WrongState
from mailer.services import composing
from mailer.services.composing import Conflict, Saved
from mailer.services.composing.earlier import Side, changes_since
from tests.sites import NOON, release, subscribe

NAME = "lettre/2026-03"
ANA, BEN = "Ana Lima", "Ben Saïd"


def path(app: App) -> Path:
    return app.site / "campaigns" / NAME / "issue.md"


def text(app: App) -> str:
    return path(app).read_text(encoding="utf-8")


def version(app: App) -> str:
    return hashlib.sha256(path(app).read_bytes()).hexdigest()


def with_subject(app: App, subject: str) -> Written:
    written = take_apart(text(app))
    return replace(written, front={**(written.front or {}), "subject": subject})


def save(app: App, subject: str, base: str | None = None, who: str = ANA) -> Saved | Conflict:
    return composing.save(app, NAME, base or version(app), with_subject(app, subject), who, NOON)


# Saving -------------------------------------------------------------------------------------------------------------


def test_a_save_changes_the_lines_that_were_edited_and_keeps_the_text_of_before(app: App) -> None:
    before = text(app)
    saved = save(app, "Un autre objet 🌻")
    assert saved == Saved(version(app), changed=True)
    assert text(app).replace("Un autre objet 🌻", "La lettre du Lavoir – mars : le printemps") == before
    kept = composing.earlier_texts(app, NAME)
    assert [one.who for one in kept] == [ANA, ""]
    assert {line.side for line in changes_since(app, NAME, kept[1].id)[1]} >= {Side.FIRST, Side.SECOND}
    assert not list(path(app).parent.glob(".*"))


def test_saving_twice_what_is_there_is_no_second_version(app: App) -> None:
    begun = version(app)
    save(app, "Une fois")
    again = composing.save(app, NAME, begun, with_subject(app, "Une fois"), ANA, NOON)
    assert again == Saved(version(app), changed=False)
    assert len(composing.earlier_texts(app, NAME)) == 2


def test_of_two_people_the_second_sees_both_texts_and_overwrites_nothing(app: App) -> None:
    begun, mine = version(app), with_subject(app, "Celui d’Ana")
    save(app, "Celui de Ben", begun, BEN)
    conflict = composing.save(app, NAME, begun, mine, ANA, NOON)
    assert isinstance(conflict, Conflict)
    assert (conflict.who, "Celui de Ben" in conflict.theirs, "Celui d’Ana" in conflict.mine) == (BEN, True, True)
    assert "Celui de Ben" in text(app)
    opened = composing.open_issue(app, NAME, ANA, NOON)
    assert (opened.stale, opened.unsaved is not None, opened.written.front) == (True, True, mine.front)
    assert composing.save(app, NAME, conflict.version, mine, ANA, NOON) == Saved(version(app), changed=True)
    assert [one.who for one in composing.earlier_texts(app, NAME)] == [ANA, BEN, ""]


def test_an_edit_on_disk_by_hand_is_a_conflict_too_and_goes_into_the_history(app: App) -> None:
    begun, mine = version(app), with_subject(app, "Au bureau")
    path(app).write_text(text(app).replace("printemps", "printemps à la main"), encoding="utf-8")
    conflict = composing.save(app, NAME, begun, mine, ANA, NOON)
    assert isinstance(conflict, Conflict)
    assert (conflict.who, "à la main" in conflict.theirs) == ("", True)
    composing.save(app, NAME, conflict.version, mine, ANA, NOON)
    by_hand = composing.earlier_texts(app, NAME)[1]
    assert composing.restore(app, NAME, by_hand.id, version(app), BEN, NOON) == Saved(version(app), changed=True)
    assert "à la main" in text(app)
    assert composing.earlier_texts(app, NAME)[0].who == BEN


def test_of_many_saves_at_once_from_one_version_one_is_written(app: App) -> None:
    begun = version(app)
    wanted = {who: with_subject(app, f"De {who}") for who in "abcdef"}
    with ThreadPoolExecutor(6) as crowd:
        ends = list(crowd.map(lambda who: composing.save(app, NAME, begun, wanted[who], who, NOON), wanted))
    assert [type(one) for one in ends].count(Saved) == 1
    assert len(composing.earlier_texts(app, NAME)) == 2


def test_a_released_issue_is_never_written_again(app: App) -> None:
    subscribe(app, ["lea@free.example"])
    release(app, NAME)
    before = text(app)
    with pytest.raises(WrongState, match="has left"):
        save(app, "Trop tard")
    assert text(app) == before
    assert composing.open_issue(app, NAME, ANA, NOON).has_left


def test_what_is_saved_with_mistakes_is_saved_and_a_novel_is_refused_and_kept(app: App) -> None:
    written = take_apart(text(app))
    odd = replace(written, parts=(Part(BlockKind.SECTION, {"title": ""}), Part(None, {}, "::: inconnu\n:::")))
    assert isinstance(composing.save(app, NAME, version(app), odd, ANA, NOON), Saved)
    novel = replace(written, parts=(Part(BlockKind.TEXT, {}, "a" * 1_000_001),))
    with pytest.raises(BadFiles, match="never is longer"):
        composing.save(app, NAME, version(app), novel, ANA, NOON)
    assert composing.open_issue(app, NAME, ANA, NOON).written == novel


# Unsaved ------------------------------------------------------------------------------------------------------------


def test_an_unsaved_text_is_offered_again_to_its_writer_alone_until_it_is_saved(app: App) -> None:
    mine = with_subject(app, "Pas encore")
    composing.keep_unsaved(app, NAME, version(app), mine, ANA, NOON)
    composing.keep_unsaved(app, NAME, version(app), replace(mine, parts=()), ANA, NOON)
    assert composing.open_issue(app, NAME, ANA, NOON).written == replace(mine, parts=())
    assert composing.open_issue(app, NAME, BEN, NOON).unsaved is None
    composing.save(app, NAME, version(app), mine, ANA, NOON)
    assert composing.open_issue(app, NAME, ANA, NOON).unsaved is None


def test_an_issue_deleted_while_it_was_open_keeps_its_text_and_can_be_written_again(app: App) -> None:
    mine, begun = with_subject(app, "Où est-il ?"), version(app)
    path(app).unlink()
    os.rmdir(path(app).parent)  # noqa: PTH106 - the folder as a person deletes it
    with pytest.raises(NotFound, match="kept"):
        composing.save(app, NAME, begun, mine, ANA, NOON)
    opened = composing.open_issue(app, NAME, ANA, NOON)
    assert (opened.file, opened.written) == (None, mine)
    assert composing.write_again(app, NAME, mine, ANA, NOON).version == version(app)
    assert take_apart(text(app)).parts == mine.parts
    with pytest.raises(Refused, match="is there again"):
        composing.write_again(app, NAME, mine, ANA, NOON)
    with pytest.raises(NotFound):
        composing.open_issue(app, "lettre/../../etc", ANA, NOON)


# Pictures -----------------------------------------------------------------------------------------------------------


def photo(width: int, height: int, form: str = "JPEG", **more: object) -> bytes:
    made = BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(made, form, **more)
    return made.getvalue()


def test_a_photo_is_taken_in_upright_small_and_without_where_it_was_taken(app: App) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Téléphone d’Ana"
    raw = photo(2600, 2000, quality=98, exif=exif)
    new = composing.add_picture(app, NAME, "C:\\photos\\Été à l’Écluse<script>.JPG", raw)
    assert new.name == "ete-a-lecluse-script.jpg"
    with Image.open(path(app).with_name(new.name)) as made:
        assert (made.size, dict(made.getexif()), "exif" in made.info) == ((1200, 1560), {}, False)
    assert composing.add_picture(app, NAME, "Été à l’Écluse<script>.jpg", raw).name == new.name
    assert composing.add_picture(app, NAME, new.name, photo(30, 20)).name == "ete-a-lecluse-script-2.jpg"
    assert [one.name for one in composing.pictures(app, NAME)][-1] == new.name


def test_a_web_picture_becomes_one_that_mail_programs_show(app: App) -> None:
    assert composing.add_picture(app, NAME, "a.webp", photo(40, 30, "WEBP")).name == "a.jpg"
    clear = BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 80)).save(clear, "WEBP")
    assert composing.add_picture(app, NAME, "b.webp", clear.getvalue()).name == "b.png"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"%PDF-1.7 not a picture", "is not an image"),
        (b"", "is not an image"),
        (photo(60, 60)[:900], "is not an image"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "in SVG"),
        (b"\0\0\0\x18ftypheic0000", "in HEIC"),
        (b"\xff" * 20_000_001, "at most 20 MB"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence_and_leaves_no_file(app: App, raw: bytes, sentence: str) -> None:
    before = list(path(app).parent.iterdir())
    with pytest.raises(Refused, match=sentence):
        composing.add_picture(app, NAME, "x.png", raw)
    assert list(path(app).parent.iterdir()) == before


def test_a_picture_of_too_many_pixels_is_not_even_opened(app: App) -> None:
    bomb = BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    with pytest.raises(Refused, match="too many pixels"):
        composing.add_picture(app, NAME, "bombe.png", bomb.getvalue())


# Preview and advice -------------------------------------------------------------------------------------------------


def test_a_preview_is_the_letter_of_the_text_that_nobody_saved(app: App) -> None:
    new = composing.add_picture(app, NAME, "jardin.png", photo(40, 30, "PNG"))
    written = take_apart(text(app))
    article = Part(
        BlockKind.ARTICLE,
        {"title": "Le jardin <script>", "image": new.name, "alt": "Le jardin"},
        "Bonjour {{name|toi}}, <img src=x onerror=alert(1)> [mes lettres]({{preferences}})",
    )
    edited = replace(written, parts=(*written.parts, article))
    before = text(app)
    shown = composing.preview(app, NAME, edited, NOON, images="picture/")
    assert "Bonjour toi," in shown.html
    assert 'src="picture/jardin.png"' in shown.html
    assert "<script>" not in shown.html
    assert "<img src=x" not in shown.html
    assert "@@" not in shown.html + shown.text
    assert "/o/" not in shown.html
    assert "(max-width:0)" in shown.html
    assert "(min-width:0)" in composing.preview(app, NAME, edited, NOON, dark=True).html
    assert text(app) == before
    broken = composing.preview(app, NAME, replace(edited, parts=(Part(BlockKind.SECTION),)), NOON)
    assert (broken.html, len(broken.problems)) == ("", 1)


def test_advice_names_the_block_says_mistakes_first_and_corrects_style(app: App) -> None:
    written = take_apart(text(app))
    article = Part(BlockKind.ARTICLE, {"title": "L'été"}, "Les militant.es sont là ! [ici](https://lavoir.example)")
    edited = replace(written, parts=(*written.parts, article, Part(BlockKind.BANNER, {"audience": "lettres"}, "Oui")))
    last = len(edited.parts) - 1
    told = composing.advise(app, NAME, edited)
    assert (told[0].level, told[0].part) == (Level.ERROR, last)
    style = {one.rule: one for one in told if one.part == last - 1 and one.rule}
    assert {str(rule) for rule in style} == {"apostrophes", "spaces", "dots"}
    for one in style.values():
        edited = composing.correct(edited, str(one.rule), one.part, one.field)
    assert edited.parts[last - 1].fields["title"] == "L’été"
    assert (
        edited.parts[last - 1].text == "Les militant·es sont là\N{NARROW NO-BREAK SPACE}! [ici](https://lavoir.example)"
    )
    whole = replace(edited, parts=edited.parts[:-1])
    assert "does not say where" in " ".join(one.sentence for one in composing.advise(app, NAME, whole))
    assert composing.correct(edited, "nonsense", 0, "text") == edited
    assert composing.correct(edited, "dots", 99, "text") == edited


def test_the_same_opening_as_the_month_before_is_told(app: App) -> None:
    folder = path(app).parent.with_name("2026-04")
    folder.mkdir()
    (folder / "issue.md").write_text(text(app), encoding="utf-8")
    written = take_apart(text(app))
    lead = Part(BlockKind.LEAD, {}, "Il y a les rentrées que l’on subit et celles que l’on prépare.")
    composing.save(app, NAME, version(app), replace(written, parts=(lead, *written.parts)), ANA, NOON)
    told = composing.advise(app, "lettre/2026-04", take_apart(text(app)))
    assert [one.values["issue"] for one in told if "same words" in one.sentence] == [NAME]


def test_the_slots_that_no_other_issue_names_are_offered(app: App) -> None:
    from tests.sites import write_campaign

    write_campaign(app.site)
    opened = composing.open_issue(app, NAME, ANA, NOON - timedelta(days=20))
    assert len(opened.slot_names()) == len(opened.slots) >= 5
