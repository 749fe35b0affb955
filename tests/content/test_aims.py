"""Whom an issue is for, as its front matter and its lists say it in rules."""

from pathlib import Path

import pytest

from mailer.config.contacts import ContactField
from mailer.content.campaigns import read_campaigns
from mailer.content.findings import findings
from mailer.content.lists import read_lists
from mailer.content.rules import check_fields
from mailer.domain.rules import (
    EVERYONE,
    THIS_YEAR,
    AllOf,
    AnyOf,
    Field,
    Has,
    Member,
    OnList,
    Tagged,
    Test,
    Trait,
    to_renew,
)
from mailer.errors import BadFiles
from tests.content.sites import CAMPAIGN, FRONT, LIST, PARIS, make_site, read, write

SLOT = "slot = 2023-09-06T12:00:00+02:00"
RULE = """
[rule]
any = [
  { membership = "this_year" },
  { tag = "implique", region = ["BRE", "NOR"] },
]
"""


def with_keys(*lines: str) -> str:
    return FRONT.replace(SLOT, "\n".join([SLOT, *lines])) + "Texte\n"


def mistakes(site: Path, *lines: str) -> str:
    with pytest.raises(BadFiles) as bad:
        read(site, with_keys(*lines))
    return str(bad.value)


def test_a_list_holds_whom_its_rule_holds(tmp_path: Path) -> None:
    write(tmp_path, "lists/sirene.toml", LIST + RULE)
    involved = AllOf((Tagged(("implique",)), Has(Trait.REGION, ("BRE", "NOR"))))
    assert read_lists(tmp_path)["sirene"].rule == AnyOf((Member((THIS_YEAR,)), involved))


def test_a_mistake_in_a_lists_rule_is_told_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, "lists/sirene.toml", LIST + RULE.replace("region", "regoin").replace("this_year", "this year"))
    with pytest.raises(BadFiles) as bad:
        read_lists(tmp_path)
    assert "lists/sirene.toml:10: \"membership\" cannot be 'this year'" in str(bad.value)
    assert 'lists/sirene.toml:11: unknown condition "regoin". Did you mean "region"?' in str(bad.value)


def test_an_empty_rule_is_everyone_and_is_not_written_beside_it(tmp_path: Path) -> None:
    closed = LIST.replace("public = true", "public = false")
    write(tmp_path, "lists/tous.toml", closed + "[rule]\n")
    assert read_lists(tmp_path)["tous"].everyone
    write(tmp_path, "lists/tous.toml", closed + f"everyone = true\n{RULE}")
    with pytest.raises(BadFiles, match="remove one"):
        read_lists(tmp_path)


def test_an_issue_adds_narrows_and_excludes(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    issue = read(
        site,
        with_keys(
            'audience = ["sirene", { tag = "presse" }]',
            'only = { region = "BRE" }',
            'exclude = ["base", { tag = "ca" }]',
        ),
    )
    assert issue.audience == ("sirene",)
    assert issue.aim.rules == (Tagged(("presse",)),)
    assert not issue.aim.rules_alone
    assert issue.aim.only == Has(Trait.REGION, ("BRE",))
    assert issue.aim.exclude == AnyOf((EVERYONE, Tagged(("ca",))))
    alone = read(site, with_keys('audience = [{ tag = "presse" }]', 'exclude = ["sirene"]'))
    assert (alone.audience, alone.aim.rules_alone) == (("sirene",), True)
    assert alone.aim.exclude == AnyOf((OnList(("sirene",)),))


def test_a_renewal_is_for_the_members_of_the_year_before(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    aim = read(site, with_keys("renewal = 2024")).aim
    assert (aim.rules, aim.rules_alone, aim.solicitation) == ((to_renew(2024),), True, True)
    write(site, "campaigns/sirene/campaign.toml", CAMPAIGN + "renewal = true\n")
    assert read(site, with_keys()).aim.renewal == THIS_YEAR
    aim = read(site, with_keys('audience = ["base"]', "solicitation = false")).aim
    assert (aim.rules, aim.narrowed, aim.solicitation) == ((), AllOf((to_renew(THIS_YEAR),)), False)


def test_a_list_of_everyone_beside_the_campaigns_own_makes_an_exceptional_send(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    issue = read(site, with_keys('audience = ["sirene", "base"]'))
    assert issue.aim.exceptional
    assert [found for found in findings(issue) if "tell them why it comes" in found.sentence]
    assert not read(site, with_keys()).aim.exceptional
    said = mistakes(site, 'audience = ["sirene", "base"]', "exceptional = false")
    assert "issue.md:6: a list of everyone beside the campaign's own" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("again = true", '"again" belongs to an exceptional send'),
        ('only = { regoin = "BRE" }', 'issue.md:5: unknown condition "regoin". Did you mean "region"?'),
        ('audience = ["sirene", { tagg = "x" }]', 'issue.md:5: unknown condition "tagg"'),
        ("audience = [3]", '"audience" cannot be 3; it holds names of lists'),
        ('exclude = ["sirenne"]', 'issue.md:5: there is no list "sirenne". Did you mean "sirene"?'),
        ("spread_hours = 200", '"spread_hours" cannot be 200; it is 168 or less.'),
        ("renewal = 3000", '"renewal" cannot be 3000; it is 2199 or less.'),
        ("excluded = []", 'unknown key "excluded". Did you mean "exclude"?'),
    ],
)
def test_a_mistake_is_said_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    assert said in mistakes(make_site(tmp_path), line)


def test_a_field_must_be_one_of_the_site_and_compared_as_its_type_allows() -> None:
    fields = {"don": ContactField(label="Don", type="number"), "papier": ContactField(label="Papier", type="boolean")}
    rule = AllOf((Field("don", Test.AT_LEAST, (10,)), Field("papier", Test.IS, (True,))))
    assert check_fields(rule, "lists/x.toml", fields) == []
    wrong = AllOf((Field("dno", Test.IS, ("x",)), Field("don", Test.IS, ("x",)), Field("papier", Test.AT_MOST, (1,))))
    said = [str(problem) for problem in check_fields(wrong, "lists/x.toml", fields)]
    assert len(said) == 4
    assert 'asks for the field "dno", which config.toml does not have' in said[0]


def test_a_campaign_may_ask_for_something_in_every_issue(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    write(site, "campaigns/sirene/campaign.toml", CAMPAIGN + "solicitation = true\n")
    assert read_campaigns(site, read_lists(site), PARIS)["sirene"].solicitation
    assert read(site, with_keys()).aim.solicitation
