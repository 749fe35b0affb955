"""What is pasted from Word, LibreOffice, a pad or a web page becomes the Markdown that a letter can hold."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content.cleaning import clean

WORD = (
    "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head><style>p{color:red}</style></head><body>"
    "<!--StartFragment--><p class=MsoNormal>"
    "<b><span style='font-size:14pt'>Réunion&nbsp;: jeudi</span></b><o:p></o:p></p>"
    "<p class=MsoListParagraph style='text-indent:-18pt;mso-list:l0 level1 lfo1'><![if !supportLists]>"
    "<span style='mso-list:Ignore'>·<span>&nbsp;&nbsp; </span></span><![endif]>Un "
    "<a href='https://lavoir.example/a(b)'>lien</a></p>"
    "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'>"
    "<span style='mso-list:Ignore'>·</span>Deux <i>points</i></p>"
    "</body></html>"
)
SOUP = (
    *("<p>", "</p>", "<b>", "</b>", "<i>", "<li>", "<ul>", "</ul>", "<a href=http://x>", "</a>", "<br>", "<h2>"),
    *("<blockquote>", "x", " ", "é *", "&lt;script&gt;", "<td>"),
)
PAD = (
    "<b style='font-weight:normal' id='docs-internal-guid'><p><span style='font-weight:700'>Gras</span>"
    "<span style='font-weight:400'> puis </span><span style='font-style:italic'>penché</span></p>"
    "<ol><li><p>Un</p></li><li><p>Deux</p><ul><li>Sous</li></ul></li></ol></b>"
)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (WORD, "**Réunion\N{NO-BREAK SPACE}: jeudi**\n\n- Un [lien](https://lavoir.example/a%28b%29)\n- Deux *points*"),
        (PAD, "**Gras** puis *penché*\n\n1. Un\n2. Deux\n   - Sous"),
        ("<h1><b>Titre</b></h1><blockquote>Cité<br>ici</blockquote>", "### Titre\n\n> Cité  \n> ici"),
        ("<p># pas un titre</p><p>1. pas une liste</p><p>a*b_c[d]</p>", None),
        ("<p><b></b><strong> gras </strong>suite</p>", "**gras** suite"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a – b"),
        ("juste du texte", "juste du texte"),
        ("", ""),
    ],
)
def test_what_is_pasted_keeps_its_sense(html: str, markdown: str | None) -> None:
    expected = "\\# pas un titre\n\n\\1. pas une liste\n\na\\*b\\_c\\[d\\]" if markdown is None else markdown
    assert clean(html) == expected


def test_nothing_that_runs_or_watches_comes_along() -> None:
    html = (
        "<p onclick='x()'>Bon<script>alert(1)</script><img src='https://ailleurs.example/p.gif' onerror='y()'>"
        "<a href='javascript:x()'>jour</a><svg onload='z()'></svg><iframe src='//a.example'></iframe></p>"
    )
    assert clean(html) == "Bonjour"


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(SOUP)))
def test_any_soup_becomes_some_text_without_markup(pieces: list[str]) -> None:
    made = clean("".join(pieces))
    assert not re.search(r"(?<!\\)<", made)
    assert made == made.strip("\n")
    assert made.count("x") >= "".join(pieces).replace("http://x", "").count("x")
