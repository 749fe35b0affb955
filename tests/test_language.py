"""What people read: numbers and dates as the French write them, and no sentence left in English."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from mailer.domain.deliveries import DeliveryState
from mailer.domain.holidays import Holiday
from mailer.domain.issues import IssueState
from mailer.errors import BadFiles, NotFound, Problem, WrongState
from mailer.language import (
    N_,
    by_when,
    day,
    moment,
    number,
    percent,
    say,
    say_error,
    say_plural,
    say_problem,
    say_words,
)
from mailer.services.publishing import NOT_IN_STATE
from mailer.transport.wire import HUNG_UP

ROOT = Path(__file__).parents[1]
NARROW, NO_BREAK = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "say": (2,), "say_plural": (2, 3), "say_count": (1, 2)}
METHODS = [("mailer/**.py", "python"), ("templates/**.*", "jinja2")]


@pytest.fixture(scope="module")
def french() -> Catalog:
    """The French catalogue as written."""
    with (ROOT / "mailer" / "language" / "fr.po").open("rb") as handle:
        return read_po(handle, locale="fr")


def sentences() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Every sentence marked for translation in Python and in templates, with where it stands."""
    for folder in ("mailer", "templates"):
        methods = [
            (pattern.removeprefix(f"{folder}/"), method) for pattern, method in METHODS if pattern.startswith(folder)
        ]
        # Without a filter of ours Babel leaves out folders like templates/email/_parts.
        for path, line, sentence, *_ in extract_from_dir(
            ROOT / folder, methods, keywords=KEYWORDS, directory_filter=lambda name: not name.endswith("__pycache__")
        ):
            if sentence:
                yield f"{folder}/{path}:{line}", sentence


def translated(catalog: Catalog, sentence: str | tuple[str, ...]) -> bool:
    message = catalog.get(sentence)
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def words(message: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The English and the French of one message, singular and plural alike."""
    return as_tuple(message.id), as_tuple(message.string)


def as_tuple(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, tuple | list) else (str(text),)


def holes(text: str) -> set[str]:
    """`{name}` in Python's sentences, `%(name)s` in the templates'."""
    return {name for _, name, _, _ in Formatter().parse(text) if name} | set(re.findall(r"%\((\w+)\)s", text))


# The catalogue ------------------------------------------------------------------------------------------------------


def test_every_sentence_can_be_said_in_french(french: Catalog) -> None:
    found = list(sentences())
    assert {place.split("/")[1] for place, _ in found} >= {"config", "domain", "email", "pages", "services"}
    assert [f"{place}: {sentence}" for place, sentence in found if not translated(french, sentence)] == []


def test_the_catalogue_holds_no_sentence_that_nobody_says(french: Catalog) -> None:
    said = {sentence if isinstance(sentence, str) else sentence[0] for _, sentence in sentences()}
    assert [words(message)[0][0] for message in french if message.id and words(message)[0][0] not in said] == []


def test_a_translation_fills_the_same_holes(french: Catalog) -> None:
    for message in french:
        english, strings = words(message)
        for string in strings if message.id else ():
            assert holes(string) == holes(english[-1]), string


def test_french_signs_are_kept_on_the_line_of_their_word(french: Catalog) -> None:
    for message in french:
        for string in words(message)[1] if message.id else ():
            assert not re.search(r" [;:!?»%](?![\[(:])|« |«[^\s]", string), f"a breaking space in: {string}"


def test_nothing_and_one_are_singular_in_french(french: Catalog) -> None:
    plurals = [words(message) for message in french if len(words(message)[0]) == 2]
    python = [pair for pair in plurals if "{count}" in pair[0][1]]
    assert python
    for (one, many), (alone, several) in python:
        values = {name: f"<{name}>" for name in holes(many) - {"count"}}
        assert say_plural("fr", one, many, 0, **values) == alone.format(count=0, **values)
        assert say_plural("fr", one, many, 1, **values) == alone.format(count=1, **values)
        assert say_plural("fr", one, many, 2, **values) == several.format(count=2, **values)


# Saying -------------------------------------------------------------------------------------------------------------


def test_a_marked_sentence_stays_as_it_is_until_a_door_says_it() -> None:
    assert N_("There is no issue {issue}.") == "There is no issue {issue}."


def test_a_sentence_is_said_with_its_holes_filled() -> None:
    assert say("en", "There is no issue {issue}.", {"issue": "sirene/2023-09"}) == "There is no issue sirene/2023-09."


@pytest.mark.parametrize("values", [None, {}, {"name": "Ana"}])
def test_doubled_braces_read_the_same_with_values_and_without(values: dict[str, object] | None) -> None:
    assert say("en", "write {{{{name}}}} here", values) == "write {{name}} here"
    assert str(Problem("issue.md", 1, "write {{{{name}}}} here")) == "issue.md:1: write {{name}} here"


def test_a_language_without_catalogue_reads_the_source_sentences() -> None:
    assert say("br", "done") == "done"
    assert say_plural("en", "{count} letter", "{count} letters", 1) == "1 letter"
    assert say_plural("en", "{count} letter", "{count} letters", 2500) == "2,500 letters"


def test_an_error_of_many_files_is_said_one_line_each() -> None:
    error = BadFiles([Problem("config.toml", 3, "odd {key}", {"key": "prot"}), Problem("lists", None, "empty")])
    assert say_error("en", error) == "config.toml:3: odd prot\nlists: empty"
    assert say_problem("en", error.problems[1]) == "lists: empty"
    assert say_error("en", NotFound("no {issue}", issue="x/y")) == "no x/y"


@pytest.mark.parametrize("state", [*IssueState, *DeliveryState, *Holiday])
def test_each_state_and_each_holiday_has_its_french_word(state: IssueState | DeliveryState | Holiday) -> None:
    assert say("fr", state) != state
    assert say("en", state) == state


def test_a_state_in_a_sentence_is_said_in_the_language_of_the_sentence() -> None:
    error = WrongState(NOT_IN_STATE, issue="sirene/2023-09", state=IssueState.PAUSED, expected=IssueState.RELEASED)
    assert say("fr", IssueState.PAUSED) in say_error("fr", error)
    assert "paused" not in say_error("fr", error)
    assert "is paused;" in say_error("en", error)


@pytest.mark.parametrize("words", ["", "5.7.1 content rejected {see} %(this)s", "Boîte inconnue"])
def test_what_a_relay_said_stays_as_it_is(words: str) -> None:
    assert say_words("fr", words) == words


def test_what_we_say_for_a_silent_relay_is_said_in_french() -> None:
    assert say_words("fr", HUNG_UP) == "le relais a raccroché"
    assert say_words("en", HUNG_UP) == HUNG_UP


# Numbers and dates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        (0, "0", "0"),
        (172, "172", "172"),
        (2500, f"2{NARROW}500", "2,500"),
        (20_000, f"20{NARROW}000", "20,000"),
        (1_234_567, f"1{NARROW}234{NARROW}567", "1,234,567"),
        (1.5, "1,5", "1.5"),
    ],
)
def test_thousands_are_set_apart_by_a_narrow_space_in_french(value: float, french: str, english: str) -> None:
    assert number("fr", value) == french
    assert number("en", value) == english


@pytest.mark.parametrize(
    ("share", "digits", "french", "english"),
    [
        (0.3424, 2, f"34,24{NO_BREAK}%", "34.24%"),
        (0.3192, 2, f"31,92{NO_BREAK}%", "31.92%"),
        (0.368421, 1, f"36,8{NO_BREAK}%", "36.8%"),
        (0.5, 0, f"50{NO_BREAK}%", "50%"),
        (0.0, 2, f"0,00{NO_BREAK}%", "0.00%"),
        (1.0, 2, f"100,00{NO_BREAK}%", "100.00%"),
    ],
)
def test_a_share_is_printed_as_a_percentage(share: float, digits: int, french: str, english: str) -> None:
    assert percent("fr", share, digits) == french
    assert percent("en", share, digits) == english


def test_a_moment_is_told_in_the_zone_of_the_site() -> None:
    when, paris = datetime(2023, 9, 6, 10, 0, tzinfo=UTC), ZoneInfo("Europe/Paris")
    assert moment("fr", when, paris) == "mercredi 6 septembre 2023 à 12:00"
    assert moment("en", when, paris) == "Wednesday 6 September 2023 at 12:00"


def test_an_hour_of_the_same_day_needs_no_date() -> None:
    now, paris = datetime(2023, 9, 6, 10, 0, tzinfo=UTC), ZoneInfo("Europe/Paris")
    soon, tomorrow = now + timedelta(hours=4, minutes=40), datetime(2023, 9, 6, 22, 5, tzinfo=UTC)
    assert by_when("fr", soon, now, paris) == f"vers 16{NO_BREAK}h{NO_BREAK}40"
    assert by_when("en", soon, now, paris) == "about 16:40"
    assert by_when("fr", tomorrow, now, paris) == f"le jeudi 7 septembre vers 0{NO_BREAK}h{NO_BREAK}05"
    assert by_when("en", tomorrow, now, paris) == "on Thursday 7 September about 00:05"


def test_the_first_of_a_month_is_an_ordinal_in_french_only() -> None:
    assert day("fr", date(2023, 11, 1)) == "mercredi 1er novembre 2023"
    assert day("fr", date(2023, 11, 11)) == "samedi 11 novembre 2023"
    assert day("fr", date(2023, 11, 1), "EEEE d MMMM") == "mercredi 1er novembre"
    assert day("en", date(2023, 11, 1)) == "Wednesday 1 November 2023"
    assert moment("fr", datetime(2023, 11, 1, 11, tzinfo=UTC), ZoneInfo("Europe/Paris")) == (
        "mercredi 1er novembre 2023 à 12:00"
    )


def test_a_day_and_a_holiday_in_a_sentence_are_said_in_its_language() -> None:
    values = {"day": date(2023, 11, 1), "holiday": Holiday.ALL_SAINTS}
    assert say("fr", "{day}: {holiday}", values) == "mercredi 1er novembre 2023: Toussaint"
    assert say("en", "{day}: {holiday}", values) == "Wednesday 1 November 2023: All Saints' Day"


def test_a_fraction_within_a_sentence_has_the_comma_of_its_language() -> None:
    assert say("fr", "{ratio}", {"ratio": 4.47}) == "4,47"
    assert say("en", "{ratio}, {count}", {"ratio": 4.47, "count": 2500}) == "4.47, 2500"
