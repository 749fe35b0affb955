"""An issue with everything that it is made of."""

import hashlib
from pathlib import Path

import pytest

from mailer.config import read_config
from mailer.content.campaigns import read_campaigns
from mailer.content.findings import findings
from mailer.content.issues import read_issue
from mailer.content.lists import check_measure, read_lists
from mailer.domain.findings import Level
from mailer.domain.letters import BlockKind, Issue
from mailer.errors import NotFound
from tests.content.sites import FRONT, NAME, PARIS, PATH, make_site, mistakes, picture, read, write

OURS = Path(__file__).parents[2]


def ours(name: str) -> Issue:
    lists = read_lists(OURS)
    return read_issue(OURS, name, lists, read_campaigns(OURS, lists, PARIS), PARIS)


@pytest.mark.parametrize("name", ["sirene/2023-09", "klaxon/2023-10", "quinzaine/2023-10-09"])
def test_the_issues_of_this_site_have_nothing_to_correct(name: str) -> None:
    assert [one for one in findings(ours(name)) if one.level is not Level.ADVICE] == []


def test_the_lists_of_this_site_measure_by_a_recorded_decision() -> None:
    assert check_measure(read_lists(OURS), read_config(OURS, {})) == []


def test_the_september_issue_goes_to_two_audiences_and_says_why_to_one() -> None:
    issue = ours("sirene/2023-09")
    assert issue.audience == ("sirene", "base")
    [banner] = [block for block in issue.blocks if block.kind is BlockKind.BANNER]
    assert banner.fields == {"audience": "base"}
    events = [block.fields["start"] for block in issue.blocks if block.kind is BlockKind.EVENT]
    assert events == ["2023-09-14T12:30:00+02:00", "2023-10-10T09:00:00+02:00"]


def test_the_sources_are_the_hashes_of_every_file_of_the_letter(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    write(site, f"campaigns/{NAME}/a.png", picture())
    front = FRONT.replace("slot", 'audience = ["base"]\nslot')
    issue = read(site, front + "![un](a.png)\n")
    folder = f"campaigns/{NAME}"
    assert set(issue.sources) == {
        PATH, f"{folder}/a.png", "campaigns/sirene/campaign.toml", "lists/sirene.toml", "lists/base.toml",
    }  # fmt: skip
    for path, fingerprint in issue.sources.items():
        assert fingerprint == hashlib.sha256((site / path).read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "sirene",
        "../lists",
        "sirene/..",
        "sirene/../sirene/2023-09",
        "sirene/2023-09/x",
        "Sirene/2023-09",
        "sirene/2023 09",
        "/etc/passwd",
    ],
)
def test_a_name_that_no_issue_can_have_is_refused(tmp_path: Path, name: str) -> None:
    site = make_site(tmp_path)
    lists = read_lists(site)
    with pytest.raises(NotFound, match="cannot be the name of an issue"):
        read_issue(site, name, lists, read_campaigns(site, lists, PARIS), PARIS)


@pytest.mark.parametrize(
    ("name", "said"),
    [("sirene/2023-10", 'Did you mean "sirene/2023-09"?'), ("zzz/zzz", 'There is no issue "zzz/zzz". Issues are')],
)
def test_a_missing_issue_is_answered_with_the_nearest(tmp_path: Path, name: str, said: str) -> None:
    site = make_site(tmp_path)
    lists = read_lists(site)
    with pytest.raises(NotFound) as missing:
        read_issue(site, name, lists, read_campaigns(site, lists, PARIS), PARIS)
    assert said in str(missing.value)


def test_a_folder_without_issue_md_is_told_so(tmp_path: Path) -> None:
    assert mistakes(make_site(tmp_path)) == [
        f"campaigns/{NAME}: this folder has no issue.md: write one, or move the folder elsewhere."
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "issue.md: this file is empty."),
        (b" \n\n", "issue.md: this file is empty."),
        ((FRONT + "Texte").encode("cp1252"), "issue.md:2: this file is not in UTF-8 (it seems to come from"),
        ((FRONT + "Texte").encode("utf-16"), "issue.md: this is not a text file"),
        (FRONT.encode() + b"\0", "issue.md: this is not a text file"),
        (b"x" * 1_000_001, "issue.md: this file is 1000001 bytes long"),
        (FRONT, "this issue has no text: nothing follows the second +++ line."),
    ],
)
def test_a_file_that_is_no_issue_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    [found] = mistakes(make_site(tmp_path), content)
    assert said in found


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\N{ZERO WIDTH NO-BREAK SPACE}"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path: Path, ends: str, mark: str) -> None:
    issue = read(make_site(tmp_path), mark + (FRONT + "Un\nDeux\n").replace("\n", ends))
    assert [block.text for block in issue.blocks] == ["Un\nDeux"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "![alt](bandea.png)",
            'issue.md:6: there is no image "bandea.png" beside issue.md. Did you mean "bandeau.png"?',
        ),
        ("![alt](zzz.gif)", 'there is no image "zzz.gif" beside issue.md. Copy it there'),
        ('::: header image="zzz.gif" alt=""\n:::', 'issue.md:6: there is no image "zzz.gif"'),
        ("x\n\n![](bandeau.png)", 'issue.md:8: the image "bandeau.png" needs words between ![ and ]'),
        ("![alt](../bandeau.png)", 'the image "../bandeau.png" is not beside issue.md'),
        ("![alt](/etc/passwd)", 'the image "/etc/passwd" is not beside issue.md'),
        ("![alt](<mon bandeau.png>)", '"mon bandeau.png" cannot be the name of an image'),
        ("![alt](https://x.example/a.png)", "is on another server, which would learn who reads this letter"),
        ("![alt][1]\n\n[1]: bandeau.png", "issue.md:6: write an image as ![words](file.png)"),
        ("![alt](notes.png)", '"notes.png" is not an image that can be read, or it is damaged'),
    ],
)
def test_a_mistake_about_an_image_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    site = make_site(tmp_path)
    write(site, f"campaigns/{NAME}/bandeau.png", picture())
    write(site, f"campaigns/{NAME}/notes.png", "not an image")
    found = mistakes(site, FRONT + text + "\n")
    assert [one for one in found if said in one]


def test_an_image_named_twice_is_read_and_complained_about_once(tmp_path: Path) -> None:
    assert len(mistakes(make_site(tmp_path), FRONT + "![a](no.png)\n\n![b](no.png)\n")) == 1


def test_a_headers_image_may_be_decoration(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    write(site, f"campaigns/{NAME}/bandeau.png", picture())
    issue = read(site, FRONT + '::: header image="bandeau.png" alt=""\n:::\n')
    assert issue.blocks[0].fields == {"image": "bandeau.png", "alt": ""}
    assert set(issue.images) == {"bandeau.png"}
