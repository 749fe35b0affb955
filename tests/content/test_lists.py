"""Lists as files: what they say, and what is said about their mistakes."""

from datetime import date
from pathlib import Path

import pytest

from mailer.config import Config, Decision, Measure, Organisation
from mailer.content.lists import check_measure, read_lists
from mailer.domain.rates import MeasureMode
from mailer.errors import BadFiles
from tests.content.sites import LIST, write


def wrong(site: Path, content: str | bytes, path: str = "lists/sirene.toml") -> str:
    write(site, path, content)
    with pytest.raises(BadFiles) as bad:
        read_lists(site)
    return str(bad.value)


def config(measure: Measure) -> Config:
    organisation = Organisation(name="Le Collectif", contact="contact@ex.example", postal_address="1 rue, Paris")
    return Config(public_url="https://lettre.example", organisation=organisation, measure=measure)


def test_a_list_says_who_writes_to_whom_and_why(tmp_path: Path) -> None:
    write(tmp_path, "lists/sirene.toml", LIST)
    found = read_lists(tmp_path)["sirene"]
    assert (found.sender_name, found.sender_address) == ("Le Collectif", "sirene@lettre.example")
    assert (found.slug, found.public, found.everyone) == ("sirene", True, False)
    assert found.measure is MeasureMode.ANONYMOUS
    assert found.list_id == "sirene.lettre.example"


def test_a_site_without_lists_is_told_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(BadFiles, match=r"lists: there is no list: write one as lists/<name>\.toml"):
        read_lists(tmp_path)


def test_a_list_must_say_whether_it_measures(tmp_path: Path) -> None:
    assert "lists/sirene.toml" in (said := wrong(tmp_path, LIST.replace('measure = "anonymous"\n', "")))
    assert '"measure" is missing' in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("anonymous", "yes", 'lists/sirene.toml:6: "measure" cannot be "yes"; it is "anonymous", "consent" or "off".'),
        ("reply_to", "replyto", 'lists/sirene.toml:3: unknown key "replyto". Did you mean "reply_to"?'),
        ("Le Collectif <sirene@lettre.example>", "sirene@lettre.example", "lists/sirene.toml:2:"),
        ("<sirene@lettre.example>", "<sirene@@lettre>", "lists/sirene.toml:2:"),
        ("contact@collectif.example", "contact", '3: "contact" is not an e-mail address.'),
        ("Vous l'avez demandée.", "", "4: nothing is written between the quotation marks."),
        ("Vous l'avez demandée.", "Un\\nDeux", "4: this must be one line of text"),
        ("Le Collectif <", "Le\\r\\nBcc: x <", "2: this must be one line of text"),
        ("public = true", "public = true\neveryone = true", 'a list of everyone ("everyone") cannot be "public"'),
        ('title = "', "title = ", "lists/sirene.toml:1: this is not valid TOML"),
    ],
)
def test_a_mistake_is_said_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in wrong(tmp_path, LIST.replace(old, new))


def test_the_mistakes_of_all_lists_are_said_at_once(tmp_path: Path) -> None:
    write(tmp_path, "lists/base.toml", "titel = 'Base'")
    said = wrong(tmp_path, LIST.replace("anonymous", "always").replace("sender", "from"))
    assert said.count("lists/base.toml") == 6
    assert said.count("lists/sirene.toml") == 3


def test_the_name_of_a_list_must_be_fit_for_addresses(tmp_path: Path) -> None:
    assert 'lists/La Sirène.toml: "La Sirène" cannot be a name here' in wrong(tmp_path, LIST, "lists/La Sirène.toml")


def test_a_list_in_another_encoding_is_named(tmp_path: Path) -> None:
    assert "lists/sirene.toml:1: this file is not in UTF-8" in wrong(tmp_path, LIST.encode("cp1252"))


def test_measuring_without_a_recorded_decision_is_a_mistake(tmp_path: Path) -> None:
    write(tmp_path, "lists/sirene.toml", LIST)
    write(tmp_path, "lists/quinzaine.toml", LIST.replace("anonymous", "off"))
    lists = read_lists(tmp_path)
    [problem] = check_measure(lists, config(Measure()))
    assert str(problem).startswith("lists/sirene.toml: this list counts readings")
    decision = Decision(decided_by="Odile", decided_on=date(2022, 12, 8), reference="PV")
    assert check_measure(lists, config(Measure(anonymous=decision))) == []
