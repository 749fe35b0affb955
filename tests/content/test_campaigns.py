"""Campaigns as folders."""

from pathlib import Path

import pytest

from mailer.content.campaigns import check_folders, issue_names, read_campaigns
from mailer.content.lists import read_lists
from mailer.domain.letters import ArchiveMode
from mailer.errors import BadFiles
from tests.content.sites import CAMPAIGN, PARIS, make_site, write


def wrong(site: Path, content: str, path: str = "campaigns/sirene/campaign.toml") -> str:
    write(site, path, content)
    with pytest.raises(BadFiles) as bad:
        read_campaigns(site, read_lists(site), PARIS)
    return str(bad.value)


def test_a_campaign_says_its_list_and_layout(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    campaign = read_campaigns(site, read_lists(site), PARIS)["sirene"]
    assert (campaign.list, campaign.layout, campaign.language) == ("sirene", "sirene", "fr")
    assert (campaign.approvals, campaign.archive) == (1, ArchiveMode.PUBLIC)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('list = "sirene"', 'list = "siren"', '2: there is no list "siren". Did you mean "sirene"?'),
        ('list = "sirene"', 'list = "zzz"', '2: there is no list "zzz". The lists are: base, sirene.'),
        ('list = "sirene"', 'list = "base"', '4: the list "base" is not public'),
        ('layout = "sirene"', 'layout = "../sirene"', '3: "../sirene" cannot be the name of a layout'),
        ('archive = "public"', 'archive = "publique"', "4: \"archive\" cannot be 'publique'"),
        ('archive = "public"', 'archive = "public"\nlanguage = "de"', '5: letters cannot be written in "de" yet'),
        ('archive = "public"', 'archive = "public"\napprovals = 0', '5: "approvals" cannot be 0'),
        (
            'archive = "public"',
            'archive = "public"\naprovals = 2',
            '5: unknown key "aprovals". Did you mean "approvals"?',
        ),
    ],
)
def test_a_mistake_is_said_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert f"campaigns/sirene/campaign.toml:{said}" in wrong(make_site(tmp_path), CAMPAIGN.replace(old, new))


def test_several_mistakes_are_said_at_once(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    (site / "campaigns" / "Écho").mkdir()
    said = wrong(site, CAMPAIGN.replace('"sirene"', '"Sirene?"'))
    assert 'campaigns/Écho: "Écho" cannot be a name here' in said
    assert "campaigns/Écho: this folder has no campaign.toml" in said
    assert 'campaign.toml:2: there is no list "Sirene?"' in said
    assert 'campaign.toml:3: "Sirene?" cannot be the name of a layout' in said


def test_issues_are_the_folders_of_campaigns(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    for name in ("sirene/2023-10", "klaxon/2023-10", "sirene/.git", "sirene/Octobre 2023"):
        (site / "campaigns" / name).mkdir()
    assert issue_names(site) == ["klaxon/2023-10", "sirene/2023-09", "sirene/2023-10"]


def test_an_issue_folder_that_no_address_can_name_is_pointed_out(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    (site / "campaigns" / "sirene" / "Octobre 2023").mkdir()
    [problem] = check_folders(site)
    assert str(problem).startswith('campaigns/sirene/Octobre 2023: "Octobre 2023" cannot be a name here')


def test_a_site_without_campaigns_has_no_issues(tmp_path: Path) -> None:
    assert issue_names(tmp_path) == []
    assert read_campaigns(tmp_path, {}, PARIS) == {}
