"""Issues compiled: variants, links, measurement, the page on the web, the locked footer."""

import re
from dataclasses import replace

import pytest
from lxml import html as lxml_html

from mailer.domain.letters import Block, BlockKind, Copy, FrozenLetter, Issue, Relayed
from mailer.domain.rates import MeasureMode
from mailer.errors import BadFiles
from mailer.rendering.letters import compile_issue
from mailer.rendering.skeleton import Skeleton
from tests.rendering.writing import LETTERHEAD, PIXEL, TEMPLATES, URL, a_block, an_issue, parts

HEADER = a_block(kind=BlockKind.HEADER, image="rond.png", alt="Un rond")
BANNER = a_block("Pour **vous** : [oui]({{preferences}}), [non]({{leave}}), [pourquoi](https://b.example).",
                 BlockKind.BANNER, audience="base")  # fmt: skip
ARTICLE = a_block("Lire [ceci](https://a.example).", BlockKind.ARTICLE, title="Un titre", signature="Par Léa")
EVENT = a_block("On y parle.", BlockKind.EVENT, title="Café", start="2023-09-20T09:30", end="2023-09-20T11:00",
                place="Rennes", link="https://visio.example/cafe")  # fmt: skip
RELAY = a_block("", BlockKind.RELAY, campaign="klaxon")
LATEST = {"klaxon": Relayed("klaxon", "Klaxon – #18", "Klaxon #18 : la crèche", f"{URL}/archive/klaxon/2023-10")}


def compiled(*blocks: Block, **choices: object) -> FrozenLetter:
    return compile_issue(an_issue(*blocks, **choices), LETTERHEAD, TEMPLATES, LATEST)  # type: ignore[arg-type]  # as an_issue takes them


def problems(issue: Issue) -> list[str]:
    with pytest.raises(BadFiles) as caught:
        compile_issue(issue, LETTERHEAD, TEMPLATES, {})
    return [str(problem) for problem in caught.value.problems]


def test_the_same_files_make_the_same_bytes() -> None:
    blocks = (HEADER, BANNER, ARTICLE, EVENT, RELAY)
    assert compiled(*blocks, audience=("sirene", "base")) == compiled(*blocks, audience=("sirene", "base"))


def test_each_list_of_the_audience_has_its_variant_and_a_banner_only_its_own_readers() -> None:
    letter = compiled(BANNER, ARTICLE, audience=("sirene", "base"))
    assert set(letter.variants) == {"sirene", "base"}
    assert b"Pour" in letter.variants["base"]
    assert b"/p/" in letter.variants["base"]
    assert b"https://b.example" not in letter.variants["sirene"]


def test_each_audience_is_told_its_own_reason() -> None:
    issue = replace(an_issue(ARTICLE, audience=("sirene", "base")), reasons={"base": "Nous nous sommes croisés."})
    assert "Nous nous sommes croisés." in parts(issue, "base")[1]
    assert "Vous l’avez demandée." in parts(issue, "sirene")[1]


def test_links_are_numbered_over_all_variants_in_the_order_they_are_met() -> None:
    letter = compiled(BANNER, ARTICLE, EVENT, RELAY, a_block("[a](https://a.example)"), audience=("sirene", "base"))
    assert letter.links == (
        "https://b.example", "https://a.example", "https://visio.example/cafe", f"{URL}/archive/klaxon/2023-10",
    )  # fmt: skip


def test_web_links_of_the_content_are_counted_and_nothing_else() -> None:
    text = "[a](https://a.example) [b](mailto:a@b.example) [c](tel:3949) [d](#un-titre) [e]({{leave}}) [f]({{online}})"
    html, _ = parts(an_issue(ARTICLE, a_block(text)))
    hrefs = [str(one) for one in lxml_html.fromstring(html).xpath("//a/@href")]
    assert [one for one in hrefs if "/c/" in one] == [f"{URL}/c/@@track@@/1"] * 2
    assert {"mailto:a@b.example", "tel:3949", "#un-titre", f"{URL}/u/@@leave@@"} <= set(hrefs)


def test_the_pixel_is_alone_and_early() -> None:
    html, text = parts(an_issue(HEADER, ARTICLE))
    assert html.count(f'src="{URL}/o/@@track@@.gif"') == 1
    assert html.encode().index(b"/o/@@track@@.gif") < 20_000
    assert re.search(r'<img src="[^"]*/o/@@track@@.gif" width="1" height="1" alt=""', html)
    assert "/o/" not in text


def test_a_letter_that_is_not_measured_has_plain_links_and_no_pixel() -> None:
    issue = an_issue(ARTICLE, EVENT, measure=MeasureMode.OFF)
    html, _ = parts(issue)
    assert "/o/" not in html
    assert "/c/" not in html
    assert 'href="https://a.example"' in html
    assert compiled(ARTICLE, measure=MeasureMode.OFF).links == ()


def test_the_page_on_the_web_has_no_token_no_count_and_nothing_private() -> None:
    text = "Bonjour {{name}}, ou {{name|vous}}. [Choisir]({{preferences}}) [venir]({{subscribe}}) [partir]({{leave}})."
    page = compiled(HEADER, BANNER, ARTICLE, EVENT, RELAY, a_block(text), audience=("sirene", "base")).online
    for private in ("@@", "/u/", "/p/", "/o/", "/c/", "Pour <strong>vous", "zq"):
        assert private not in page
    assert "Bonjour, ou vous." in page
    assert f'href="{URL}/archive/sirene/"' in page
    assert "partir." in page
    assert "https://visio.example/cafe" in page
    assert "<title>La lettre du Lavoir – septembre 2023</title>" in page
    assert "Les Amis du Lavoir" in page
    assert page.startswith("<!DOCTYPE html>")


def test_a_filled_letter_has_the_readers_own_links() -> None:
    letter = compiled(ARTICLE, a_block("Bonjour {{name|vous}}"))
    copy = Copy("l@a.example", "Léa", "x@y", "Wed, 6 Sep 2023 12:00:00 +0200", "l" * 22, "p" * 22, "t" * 32)
    filled = Skeleton.parse(letter.variants["sirene"]).fill(copy)
    for value in (b"l" * 22, b"p" * 22, b"L=C3=A9a"):
        assert value in filled.replace(b"=\r\n", b"")


@pytest.mark.parametrize("measure", [MeasureMode.ANONYMOUS, MeasureMode.OFF])
def test_the_footer_is_locked_whatever_the_issue_holds(measure: MeasureMode) -> None:
    for blocks in ((), (a_block("Un mot de plus.", BlockKind.FOOTER),)):
        for part in parts(an_issue(*blocks, measure=measure)):
            for duty in ("Les Amis du Lavoir", "3 rue du Bief", "contact@lavoir.example", "Vous l’avez demandée.",
                         "/u/@@leave@@", "/p/@@preferences@@", "/privacy"):  # fmt: skip
                assert duty in part
            assert ("/privacy#measure" in part) == (measure is MeasureMode.ANONYMOUS)
            assert ("Un mot de plus." in part) == bool(blocks)


def test_a_letter_outside_the_archive_offers_no_page_of_it() -> None:
    for part in parts(an_issue(ARTICLE, public=False)):
        assert "/archive/" not in part


def test_the_text_part_ends_with_the_way_out() -> None:
    assert parts(an_issue(ARTICLE))[1].endswith(f"{URL}/u/@@leave@@\n")


def test_a_relay_shows_the_latest_issue_and_its_own_words() -> None:
    for relay in (RELAY, a_block("Le Klaxon **repart**.", BlockKind.RELAY, campaign="klaxon")):
        html, text = parts(an_issue(relay), relayed=LATEST)
        assert "Klaxon #18\u00a0: la crèche</a>" in html
        assert f"{URL}/archive/klaxon/2023-10" in text
        assert ("repart" in html) == bool(relay.text)


def test_a_relay_with_nothing_to_relay_leaves_no_empty_box() -> None:
    assert "boxed" not in parts(an_issue(RELAY))[0].partition("<body")[2]


def test_contents_list_the_titles_that_follow_and_lead_to_them() -> None:
    section = a_block(kind=BlockKind.SECTION, title="L'eau")
    lead = a_block("Début.", BlockKind.LEAD, title="Avant")
    html, text = parts(an_issue(lead, a_block(kind=BlockKind.CONTENTS), ARTICLE, section, ARTICLE))
    tree = lxml_html.fromstring(html)
    anchors = [str(one) for one in tree.xpath("//ol//a/@href")]
    assert anchors == ["#un-titre", "#l-eau"]
    assert all(tree.xpath(f"//*[@id='{one[1:]}']") for one in anchors)
    assert "1. Un titre\n2. L’eau\n" in text
    assert [one.tag for one in tree.xpath("//h1|//h2|//h3")] == ["h1", "h2", "h2", "h2", "h3"]


def test_a_meeting_shows_its_date_and_links_to_its_calendar_entry() -> None:
    letter = compiled(EVENT)
    (entry,) = [one for one in letter.attachments if one.file_name.endswith(".ics")]
    html, text = parts(an_issue(EVENT))
    assert f'href="{URL}/media/{entry.file_name}"' in html
    assert f"{URL}/media/{entry.file_name}" in text
    assert "mercredi 20 septembre 2023, 9\u00a0h\u00a030 – 11\u00a0h\nRennes" in text


def test_images_that_are_shown_are_attached_once() -> None:
    letter = compiled(HEADER, a_block("![Un rond](rond.png)"))
    assert [one.file_name for one in letter.attachments] == [PIXEL.file_name]
    assert compiled(ARTICLE).attachments == ()


def test_the_preheader_is_hidden_and_keeps_the_text_out_of_the_preview() -> None:
    html, text = parts(an_issue(ARTICLE))
    hidden = html.partition("<body")[2].partition("</div>")[0]
    assert "display:none" in hidden
    assert "Un mot avant la lettre" in hidden
    assert hidden.count("\u034f") == 60
    assert "Un mot avant la lettre" not in text


def test_mistakes_of_all_blocks_are_told_at_once_in_the_order_of_their_lines() -> None:
    issue = an_issue(
        a_block("[x](javascript:a)", line=30),
        a_block(kind=BlockKind.EVENT, title="Café", start="demain", end="", line=20),
        a_block("x", BlockKind.ARTICLE, line=10, title="t", image="rien.png", alt="x"),
    )
    told = problems(issue)
    assert [one.split(":")[1] for one in told] == ["10", "20", "30"]
    assert all(one.startswith("campaigns/sirene/2023-09/issue.md:") for one in told)


def test_a_layout_that_does_not_exist_is_told_with_the_nearest() -> None:
    assert 'Did you mean "sirene"?' in problems(an_issue(layout="sirenne"))[0]
