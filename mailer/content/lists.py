"""lists/<slug>.toml: the named audiences of a site."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from mailer.config import MAIN, Config, no_such_relay
from mailer.config.toml import line_of, mistake, parse_toml
from mailer.content.fields import AddressText, Line, Sender, Strict, Words
from mailer.content.files import check_slug, read_text
from mailer.content.rules import check_fields, read_rule_table
from mailer.domain.letters import MailingList
from mailer.domain.rates import MeasureMode
from mailer.domain.rules import Rule
from mailer.errors import BadFiles, Problem
from mailer.language import N_

FOLDER = "lists"

NO_LISTS = N_("there is no list: write one as lists/<name>.toml.")
NOT_A_MEASURE = N_('"measure" cannot be "{value}"; it is "anonymous", "consent" or "off".')
NO_DECISION = N_(
    'this list counts readings ("measure" is "anonymous"), but config.toml does not say who decided it: fill in '
    '[measure.anonymous] there, or write measure = "off" here.'
)
EVERYONE_IS_NOT_PUBLIC = N_(
    'a list of everyone ("everyone") cannot be "public": nobody subscribes to it. Write public = false.'
)

EVERYONE_OR_RULE = N_('"everyone" and [rule] are both written: a rule says who belongs to the list, so remove one.')


def read_lists(site: Path) -> dict[str, MailingList]:
    """Every list of the site, by slug. Raises BadFiles with every mistake of every file."""
    lists, problems = readable_lists(site)
    if problems:
        raise BadFiles(problems)
    return lists


def readable_lists(site: Path) -> tuple[dict[str, MailingList], list[Problem]]:
    """The lists without a mistake, by slug, and every mistake of the others."""
    problems: list[Problem] = []
    lists: dict[str, MailingList] = {}
    for file in sorted((site / FOLDER).glob("*.toml")):
        found, wrong = _read_list(site, list_path(file.stem), file.stem)
        problems += wrong
        if found and not wrong:
            lists[found.slug] = found
    if not lists and not problems:
        problems = [Problem(FOLDER, None, NO_LISTS)]
    return lists, problems


def check_measure(lists: Mapping[str, MailingList], config: Config) -> list[Problem]:
    """Lists that count readings although nobody is on record as having decided it."""
    if config.measure.anonymous:
        return []
    counting = [one.slug for one in lists.values() if one.measure is MeasureMode.ANONYMOUS]
    return [Problem(list_path(slug), None, NO_DECISION) for slug in counting]


def check_relays(lists: Mapping[str, MailingList], config: Config) -> list[Problem]:
    """Lists whose letters would leave by a relay that config.toml does not have."""
    return [
        Problem(list_path(one.slug), None, *no_such_relay(one.relay, config.relay_names))
        for one in lists.values()
        if one.relay not in config.relay_names
    ]


def check_rules(lists: Mapping[str, MailingList], config: Config) -> list[Problem]:
    """Rules of lists that ask for fields which config.toml does not have so."""
    ruled = [(one.rule, list_path(one.slug)) for one in lists.values() if one.rule is not None]
    return [problem for rule, path in ruled for problem in check_fields(rule, path, config.contacts.fields)]


def list_path(slug: str) -> str:
    """The file of a list, from the site's folder."""
    return f"{FOLDER}/{slug}.toml"


def _measure(value: str) -> str:
    if value not in set(MeasureMode):
        raise mistake(NOT_A_MEASURE, value=value)
    return value


class _ListFile(Strict):
    title: Words
    description: Line = ""
    sender: Sender
    reply_to: AddressText
    reason: Words
    everyone: bool = False
    public: bool = False
    measure: Annotated[str, AfterValidator(_measure)]
    relay: Line = MAIN
    rule: Any = None


def _read_list(site: Path, path: str, slug: str) -> tuple[MailingList | None, list[Problem]]:
    problems = check_slug(slug, path)
    text, unreadable = read_text(site, path)
    if unreadable:
        return None, problems + unreadable
    file, wrong = parse_toml(text, path, _ListFile)
    if file is None:
        return None, problems + wrong
    everyone = file.everyone or file.rule == {}
    rule, wrong = None, []
    if file.rule:
        rule, wrong = read_rule_table(file.rule, ("rule",), _slugs(site), text, path)
    if everyone and file.public:
        problems.append(Problem(path, None, EVERYONE_IS_NOT_PUBLIC))
    if file.everyone and file.rule:
        problems.append(Problem(path, line_of(text, ["rule"]), EVERYONE_OR_RULE))
    return _mailing_list(slug, file, rule, everyone=everyone), problems + wrong


def _slugs(site: Path) -> list[str]:
    return sorted(file.stem for file in (site / FOLDER).glob("*.toml"))


def _mailing_list(slug: str, file: _ListFile, rule: Rule | None, *, everyone: bool) -> MailingList:
    name, _, address = file.sender.rpartition(" <")
    return MailingList(
        slug=slug,
        title=file.title,
        description=file.description,
        sender_name=name,
        sender_address=address.rstrip(">"),
        reply_to=file.reply_to,
        reason=file.reason,
        everyone=everyone,
        public=file.public,
        measure=MeasureMode(file.measure),
        relay=file.relay,
        rule=rule,
    )
