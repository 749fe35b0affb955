"""Old issues, from whatever wrote them: dated, decoded, made harmless; each refusal is one sentence."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mailer.content.old_archives import OldPage, decode, read_old_archive, read_old_page
from mailer.content.old_markup import ATTRIBUTES, ELEMENTS, tidy_address
from mailer.errors import NotFound, Problem

WORDS = "Bonjour, voici la lettre de notre association."


def read(folder: Path, markup: str | bytes, name: str = "2019-03-12-printemps.html") -> OldPage | Problem:
    raw = markup.encode() if isinstance(markup, str) else markup
    (folder / name).write_bytes(raw)
    return read_old_page(folder / name, folder)


def page(folder: Path, markup: str | bytes, name: str = "2019-03-12-printemps.html") -> OldPage:
    found = read(folder, markup, name)
    assert isinstance(found, OldPage), found
    return found


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<p onclick='alert(1)'>x</p>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='jav&#x09;ascript:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<iframe src='https://evil.example'></iframe>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<form action='https://evil.example'><input name=password></form>",
        "<div style='background:url(https://evil.example/x.gif)'>x</div>",
        "<style>@import 'https://evil.example/x.css'</style>",
        "<link rel=stylesheet href='https://evil.example/x.css'>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<base href='https://evil.example/'>",
        "<img src='https://evil.example/open.gif' width=1 height=1>",
        "<img srcset='https://evil.example/a.png 2x' alt='b'>",
        "<object data='https://evil.example/x.swf'></object>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<![if mso]><v:image src='https://evil.example/x.gif'/><![endif]>",
        "<table background='https://evil.example/x.gif'><tr><td>x</td></tr></table>",
    ],
)
def test_nothing_runs_and_nothing_is_asked_of_anyone(tmp_path: Path, hostile: str) -> None:
    body = page(tmp_path, f"<html><body><p>{WORDS}</p>{hostile}</body></html>").body
    assert WORDS in body
    assert "evil.example" not in body
    assert not re.search(r"script|\son\w+=|style=|src=|alert", body)


@given(st.text(st.sampled_from("<>/=\"' abimgsrchefonclickscriptxy:&;#!-\x00é"), max_size=200))
def test_whatever_a_file_holds_only_allowed_markup_is_left(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    found = read(tmp_path_factory.mktemp("old"), f"<p>{WORDS}</p>{text}".replace("\0", ""))
    assert isinstance(found, OldPage)
    for closing, name, attributes in re.findall(r"<(/?)([a-z0-9]+)((?:\s[^<>]*)?)>", found.body):
        assert name in ELEMENTS
        allowed = ATTRIBUTES.get(name, set()) | ({"rel"} if name == "a" else set())
        assert closing or set(re.findall(r'\s([a-z-]+)="', attributes)) <= allowed


@given(st.binary(max_size=300))
def test_no_bytes_end_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    assert isinstance(read(tmp_path_factory.mktemp("old"), raw), OldPage | Problem)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("été – « oui »".encode(), "été – « oui »"),
        ("<meta charset=utf-8>été “là”".encode("cp1252"), "<meta charset=utf-8>été “là”"),
        ("<meta charset=iso-8859-1>œuvre".encode("cp1252"), "<meta charset=iso-8859-1>œuvre"),
        ("<meta charset=iso-8859-15>10 €".encode("iso-8859-15"), "<meta charset=iso-8859-15>10 €"),
        ("<meta charset=windows-1252>été".encode(), "<meta charset=windows-1252>été"),
        ("\ufeffété".encode(), "été"),
        ("été".encode("utf-16"), "été"),
        (b"\x89PNG\0\0", None),
    ],
)
def test_encodings_are_found_out_whatever_the_file_says(raw: bytes, text: str | None) -> None:
    assert decode(raw) == text


@pytest.mark.parametrize(
    ("name", "markup", "day"),
    [
        ("2021-03-15-x.html", "", date(2021, 3, 15)),
        ("20210315.html", "", date(2021, 3, 15)),
        ("lettre_2021_03.html", "", date(2021, 3, 1)),
        ("x.html", "<meta property='article:published_time' content='2020-02-29T10:00:00Z'>", date(2020, 2, 29)),
        ("x.html", "<title>La lettre du 1er août 2018</title>", date(2018, 8, 1)),
        ("x.html", "<title>Lettre de Février 2017</title>", date(2017, 2, 1)),
        ("x.html", "<time datetime='2016-05-04'>hier</time>", date(2016, 5, 4)),
        ("newsletter-march-2015.html", "", date(2015, 3, 1)),
    ],
)
def test_a_day_is_found_where_people_and_programs_write_it(tmp_path: Path, name: str, markup: str, day: date) -> None:
    assert page(tmp_path, f"{markup}<p>{WORDS}</p>", name).day == day


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("x.html", f"<p>{WORDS}</p>".encode(), "2021-03-15-x.html"),
        ("2021-02-31.html", f"<p>{WORDS}</p>".encode(), "nothing says when"),
        ("2021-03-15.html", b"\0\1\2", "not an HTML page"),
        ("2021-03-15.html", b"", "not an HTML page"),
        ("2021-03-15.html", b"<img src='all.png'>", "hardly a word"),
        ("2021-03-15.html", b"x" * 5_000_001, "larger than 5 MB"),
    ],
)
def test_a_refusal_is_one_sentence_that_says_what_to_do(tmp_path: Path, name: str, raw: bytes, says: str) -> None:
    found = read(tmp_path, raw, name)
    assert isinstance(found, Problem)
    assert says in str(found)


def test_images_beside_the_file_stay_and_others_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    (folder / "files").mkdir(parents=True)
    Image.new("RGB", (40, 20), (200, 40, 30)).save(folder / "files" / "photo 1.png")
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    Image.new("RGB", (40, 20)).save(tmp_path / "outside.png")
    (folder / "files" / "photo-1.png").write_bytes((folder / "files" / "photo 1.png").read_bytes())
    images = ("files/photo-1.png", "dot.png", "../outside.png", "https://cdn.example/a.png", "file:///etc/passwd")
    found = page(folder, f"<p>{WORDS}</p>" + "".join(f"<img src='{one}' alt='Vue'>" for one in images))
    assert len(found.images) == 1
    assert f'src="/media/{found.images[0].file_name}"' in found.body
    assert found.dropped == ("../outside.png", "https://cdn.example/a.png", "file:///etc/passwd")


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://x.example/a?utm_source=b&id=3", "https://x.example/a?id=3"),
        (
            "https://x.us1.list-manage.com/track/click?u=1&id=2&e=abc",
            "https://x.us1.list-manage.com/track/click?u=1&id=2",
        ),
        ("https://x.example/unsubscribe?u=1", None),
        ("https://x.example/desabonnement", None),
        ("https://x.example/?email=anne%40courriel.example", None),
        ("*|UNSUB|*", None),
        ("mailto:contact@x.example", "mailto:contact@x.example"),
        ("http://[broken", None),
    ],
)
def test_links_lead_on_without_saying_who_read(address: str, kept: str | None) -> None:
    assert tidy_address(address) == kept


def test_what_was_hidden_stays_hidden_and_titles_left_to_a_machine_are_not_shown(tmp_path: Path) -> None:
    found = page(
        tmp_path,
        f"<title>*|MC:SUBJECT|*</title><span style='display:none'>caché</span><h1>Le printemps</h1><p>{WORDS}</p>",
    )
    assert found.subject == "Le printemps"
    assert "caché" not in found.body


def test_a_folder_gives_its_pages_oldest_first_and_one_address_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("2020-01-02.html", "2019-01-02.htm", "a/2020-01-02.html", "x.html"):
        (tmp_path / name).write_text(f"<title>Une lettre</title><p>{WORDS}</p>", encoding="utf-8")
    found = read_old_archive(tmp_path)
    assert [one.slug for one in found.pages] == ["2019-01-02", "2020-01-02"]
    assert [problem.path for problem in found.problems] == ["a/2020-01-02.html", "x.html"]
    with pytest.raises(NotFound):
        read_old_archive(tmp_path / "nowhere")
