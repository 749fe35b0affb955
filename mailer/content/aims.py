"""Whom an issue is for, as its front matter says it: lists and rules, who of them, who not. Asks no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import Field

from mailer.config.toml import line_of
from mailer.content.campaigns import no_such_list
from mailer.content.fields import Strict
from mailer.content.rules import read_rule_table
from mailer.domain.aims import Aim
from mailer.domain.letters import Campaign, MailingList
from mailer.domain.rule_reading import shown
from mailer.domain.rules import EVERYONE, THIS_YEAR, AnyOf, OnList, Rule, Year, to_renew
from mailer.errors import Problem
from mailer.language import N_

NO_AUDIENCE = N_("the audience is empty: name a list, or remove the line to write to the campaign's own list.")
NOT_AN_AUDIENCE = N_(
    '"{key}" cannot be {value}; it holds names of lists and conditions, like {key} = [ "sirene", {{ tag = "ca" }} ].'
)
IS_EXCEPTIONAL = N_(
    "a list of everyone beside the campaign's own makes this an exceptional send: remove exceptional = false, or the "
    "list."
)
AGAIN_WITHOUT_EXCEPTIONAL = N_('"again" belongs to an exceptional send: write exceptional = true, or remove it.')
MOST_HOURS = 168


class AimKeys(Strict):
    """The keys of an issue that say whom it is for."""

    audience: Any = None
    only: Any = None
    exclude: Any = None
    renewal: bool | int | None = Field(None, ge=0, le=2199)
    solicitation: bool | None = None
    exceptional: bool | None = None
    again: bool = False
    spread_hours: int = Field(0, ge=0, le=MOST_HOURS)


@dataclass(frozen=True)
class AimRead:
    """The lists that are named, empty where the file leaves it to the campaign, and the rest."""

    lists: tuple[str, ...]
    aim: Aim


def read_aim(
    file: AimKeys, campaign: Campaign | None, lists: Mapping[str, MailingList], text: str, path: str
) -> tuple[AimRead, list[Problem]]:
    """Whom the issue is for; without a campaign, as one that says nothing about it would."""
    reading = _Reading(lists, text, path)
    slugs, rules = reading.several("audience", file.audience)
    without, but = reading.several("exclude", file.exclude)
    only = reading.rule("only", file.only) if file.only is not None else None
    renewal = _year(file, campaign)
    if renewal and file.audience is None:
        rules = (to_renew(renewal),)
    excluded = (*(_readers(lists[slug]) for slug in without), *but)
    aim = Aim(
        rules=rules,
        rules_alone=bool(rules) and (campaign is None or campaign.list not in slugs),
        only=only,
        exclude=AnyOf(excluded) if excluded else None,
        renewal=renewal,
        solicitation=_solicitation(file, campaign, renewal),
        exceptional=reading.exceptional(file, campaign, slugs),
        again=file.again,
        spread=timedelta(hours=file.spread_hours),
    )
    if aim.again and not aim.exceptional:
        reading.add("again", AGAIN_WITHOUT_EXCEPTIONAL)
    return AimRead(slugs, aim), reading.problems


class _Reading:
    def __init__(self, lists: Mapping[str, MailingList], text: str, path: str) -> None:
        self.lists, self.text, self.path = lists, text, path
        self.problems: list[Problem] = []

    def add(self, key: str, sentence: str, value: str = "") -> None:
        values: dict[str, object] = {"key": key, "value": value}
        self.problems.append(Problem(self.path, line_of(self.text, [key]), sentence, values))

    def several(self, key: str, written: object) -> tuple[tuple[str, ...], tuple[Rule, ...]]:
        """The lists and the rules of a key that takes both."""
        if written is None:
            return (), ()
        named = [written] if isinstance(written, Mapping) else written
        if not isinstance(named, list):
            self.add(key, NOT_AN_AUDIENCE, shown(written))
            return (), ()
        if not named and key == "audience":
            self.add(key, NO_AUDIENCE)
        for one in named:
            if not isinstance(one, str | Mapping):
                self.add(key, NOT_AN_AUDIENCE, shown(one))
        slugs = dict.fromkeys(one for one in named if isinstance(one, str))
        for slug in slugs:
            self.problems += no_such_list(slug, self.lists, self.path, line_of(self.text, [key]))
        rules = (self.rule(key, one) for one in named if isinstance(one, Mapping))
        return tuple(slug for slug in slugs if slug in self.lists), _found(rules)

    def rule(self, key: str, written: object) -> Rule | None:
        rule, problems = read_rule_table(written, (key,), self.lists, self.text, self.path)
        self.problems += problems
        return rule

    def exceptional(self, file: AimKeys, campaign: Campaign | None, slugs: Iterable[str]) -> bool:
        """Said, or because a list of everyone comes in beside the campaign's own."""
        own = campaign.list if campaign else ""
        is_one = any(self.lists[slug].everyone for slug in slugs if slug != own)
        if is_one and file.exceptional is False:
            self.add("exceptional", IS_EXCEPTIONAL)
        return is_one or bool(file.exceptional)


def _found(rules: Iterable[Rule | None]) -> tuple[Rule, ...]:
    return tuple(one for one in rules if one is not None)


def _year(file: AimKeys, campaign: Campaign | None) -> Year | None:
    if file.renewal is None:
        return campaign.renewal if campaign else None
    return THIS_YEAR if file.renewal is True else file.renewal or None


def _solicitation(file: AimKeys, campaign: Campaign | None, renewal: Year | None) -> bool:
    if file.solicitation is not None:
        return file.solicitation
    return bool(renewal) or bool(campaign and campaign.solicitation)


def _readers(one: MailingList) -> Rule:
    """Whoever the list holds."""
    if one.everyone:
        return EVERYONE
    return AnyOf((OnList((one.slug,)), one.rule)) if one.rule else OnList((one.slug,))
