"""The documents say what the code does: paths, functions, commands, links, the examples for those who write."""

import re
import shlex
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.core import TyperCommand, TyperGroup

from mailer.cli import cli
from mailer.content.blocks import SHAPES, Body
from mailer.content.cadences import CadenceTable
from mailer.content.campaigns import read_campaigns
from mailer.content.lists import read_lists
from mailer.content.models import FILL_INS, fill_model, model_path
from mailer.domain.cadence import slot_at, slot_of
from mailer.domain.rates import Reading
from mailer.language import percent
from mailer.services import proofing
from tests.content.sites import PARIS
from tests.sites import NOON, open_site, write_issue

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
OVERVIEW = ROOT / "docs" / "overview.md"
WRITING = ROOT / "docs" / "fr" / "ecrire.md"
PLANNING = ROOT / "docs" / "fr" / "planifier.md"
FIGURES = ROOT / "docs" / "fr" / "lire-les-chiffres.md"

FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
PATH = re.compile(r"[\w./-]+\.(?:py|toml|md|po|mjml|lock)|[\w./-]+/")
MADE_AT_RUN_TIME = ("var/",)
WRITTEN_BY_AN_EDITOR = ("issue.md", "campaign.toml", "model.md")


@cache
def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    return FENCE.sub("", read(page))


def spans(page: Path) -> list[str]:
    return SPAN.findall(prose(page))


def rows(page: Path) -> Iterator[list[str]]:
    """The cells of each row of the page's tables."""
    for line in read(page).splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip("|").split("|")]


# The walk -----------------------------------------------------------------------------------------------------------


def modules() -> list[str]:
    """From the package's folder; what only says what its folder is for is left out."""
    package = ROOT / "mailer"
    found = (path.relative_to(package).as_posix() for path in package.rglob("*.py") if path.name != "__init__.py")
    return sorted(name for name in found if not name.startswith("store/migrations/"))


def test_every_path_in_the_overview_exists() -> None:
    named = [span for span in spans(OVERVIEW) if PATH.fullmatch(span)]
    missing = [
        span
        for span in named
        if not span.startswith(MADE_AT_RUN_TIME + WRITTEN_BY_AN_EDITOR + ("/",))
        and not any((folder / span).exists() for folder in (ROOT, ROOT / "mailer"))
    ]
    assert len(named) > 80
    assert missing == []


def test_every_function_in_the_overview_exists() -> None:
    named = [span for span in spans(OVERVIEW) if re.fullmatch(r"[\w/.]+\(\)|(?:\w+/)+\w+(?:\.\w+)+", span)]
    functions = [span for span in named if not PATH.fullmatch(span) and not span.startswith(MADE_AT_RUN_TIME)]
    assert len(functions) > 50
    assert [span for span in functions if not exists(span.removesuffix("()"))] == []


def exists(span: str) -> bool:
    """`room/module.Class.method`, from the package."""
    module, *names = span.replace("/", ".").split(".")
    found: object = import_module(f"mailer.{module}")
    path = f"mailer.{module}"
    for name in names:
        path = f"{path}.{name}"
        found = getattr(found, name, None) or import_if_there(path)
        if found is None:
            return False
    return True


def import_if_there(path: str) -> object:
    try:
        return import_module(path)
    except ModuleNotFoundError:
        return None


def test_the_overview_has_one_line_for_every_module() -> None:
    named = [row[0].strip("`") for row in rows(OVERVIEW) if row[0].endswith(".py`")]
    assert sorted(named) == modules()


# Commands -----------------------------------------------------------------------------------------------------------


def commands() -> dict[str, TyperCommand]:
    """Every command of the command line, by its words after `mailer`."""
    top = typer.main.get_command(cli)
    assert isinstance(top, TyperGroup)
    return dict(_leaves(top, ""))


_NO_CONTEXT: Any = None
"""Our groups look at no context."""


def _leaves(group: TyperGroup, above: str) -> Iterator[tuple[str, TyperCommand]]:
    for name in group.list_commands(_NO_CONTEXT):
        command = group.get_command(_NO_CONTEXT, name)
        if isinstance(command, TyperGroup):
            yield from _leaves(command, f"{above}{name} ")
        else:
            assert isinstance(command, TyperCommand)
            yield f"{above}{name}", command


COMMANDS = commands()


def test_the_command_line_was_found() -> None:
    assert {"send", "issue release", "contacts import", "report year"} <= COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_is_shown_in_a_document(name: str) -> None:
    assert (COMMANDS[name].help or "").strip()
    assert [name_of(page) for page in PAGES if re.search(rf"\bmailer {name}\b", read(page))]


def shown_commands() -> list[tuple[str, str]]:
    """Command lines that can be copied from a page, with the page."""
    return [
        (name_of(page), line[line.index("mailer ") :])
        for page in PAGES
        for fence in FENCE.finditer(read(page))
        for line in fence["text"].splitlines()
        if re.match(r"(?:\$ )?(?:\S+=\S* )*(?:\.venv/bin/)?mailer ", line)
    ]


@pytest.mark.parametrize(("page", "line"), shown_commands())
def test_every_command_line_that_can_be_copied_is_one(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    name, rest = _cut(words)
    assert name in COMMANDS, page
    # Raises a usage error for an unknown option, a missing argument or a value of the wrong kind.
    COMMANDS[name].make_context(name, rest)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_named_in_a_sentence_exists(page: Path) -> None:
    wrong = []
    for span in spans(page):
        if span.startswith("mailer ") and "…" not in span:
            name, rest = _cut(span.split()[1:])
            known = {option for one in COMMANDS[name].params for option in one.opts} if name in COMMANDS else set()
            wrong += [span] if name not in COMMANDS else [one for one in rest if one[:2] == "--" and one not in known]
    assert wrong == []


def _cut(words: list[str]) -> tuple[str, list[str]]:
    """The command's name and what follows it; `--site` stands before the name."""
    words = words[2:] if words[:1] == ["--site"] else words
    size = 2 if " ".join(words[:2]) in COMMANDS else 1
    return " ".join(words[:size]), words[size:]


# Links --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_file_of_ours_leads_there(page: Path) -> None:
    dead = []
    for link in LINK.finditer(SPAN.sub("", prose(page))):
        target, _, anchor = link["target"].partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(link["target"])
    assert dead == []


def anchors(page: Path) -> set[str]:
    """As forges make them: lower-case words joined by hyphens."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_pictures_are_light() -> None:
    pictures = list((ROOT / "docs" / "images").iterdir())
    assert pictures
    assert [one.name for one in pictures if one.stat().st_size > 250_000] == []


# For those who write ------------------------------------------------------------------------------------------------


def test_the_example_issue_has_nothing_to_correct(tmp_path: Path) -> None:
    """All the examples of the page, one after the other, in the association's own site."""
    shutil.copy(ROOT / "config.toml", tmp_path)
    shutil.copytree(ROOT / "lists", tmp_path / "lists")
    for campaign in (ROOT / "campaigns").glob("*/campaign.toml"):
        (tmp_path / "campaigns" / campaign.parent.name).mkdir(parents=True)
        shutil.copy(campaign, tmp_path / "campaigns" / campaign.parent.name)
    file = write_issue(tmp_path, "sirene/2024-09", example())
    for image in (ROOT / "campaigns" / "sirene" / "2023-09").glob("*.png"):
        shutil.copy(image, file.parent)
    with open_site(tmp_path) as app:
        assert [str(finding) for finding in proofing.check_issue(app, "sirene/2024-09", NOON)] == []


def example() -> str:
    return "\n".join(fence["text"] for fence in FENCE.finditer(read(WRITING)) if fence["kind"] == "markdown")


@pytest.mark.parametrize("kind", SHAPES, ids=str)
def test_every_block_has_its_row_its_fields_and_an_example(kind: str) -> None:
    """A block that editors cannot look up is a block that they do not use."""
    shape = SHAPES[next(one for one in SHAPES if one == kind)]
    row = next(row for row in rows(WRITING) if row[0] == f"`{kind}`")
    written = {Body.NONE: "aucun", Body.OPTIONAL: "au choix", Body.REQUIRED: "obligatoire"}
    assert tuple(SPAN.findall(row[2])) == shape.required
    assert tuple(SPAN.findall(row[3])) == shape.optional
    assert row[4] == written[shape.body]
    assert ("une fois au plus" in row[1]) == shape.once
    # Text outside any block is a text block: it is written without its name.
    assert f"::: {kind}" in example() or kind == "text"


def test_the_example_cadence_is_right_and_each_key_has_its_row(tmp_path: Path) -> None:
    [example] = [fence["text"] for fence in FENCE.finditer(read(PLANNING)) if fence["kind"] == "toml"]
    shutil.copytree(ROOT / "lists", tmp_path / "lists")
    (tmp_path / "campaigns" / "sirene").mkdir(parents=True)
    (tmp_path / "campaigns" / "sirene" / "campaign.toml").write_text(example, encoding="utf-8")
    cadence = read_campaigns(tmp_path, read_lists(tmp_path), PARIS)["sirene"].cadence
    assert cadence is not None
    assert slot_of(cadence, date(2023, 11, 1)) == slot_at(cadence, datetime(2023, 11, 8, 11, tzinfo=UTC))
    named = {row[0].strip("`") for row in rows(PLANNING)}
    assert {*CadenceTable.model_fields, "late_limit_hours", "slot", "send_at"} <= named


def test_each_fill_in_of_a_model_is_shown_with_what_it_becomes(tmp_path: Path) -> None:
    shown = {row[0].strip("`[]"): row[1] for row in rows(PLANNING) if row[0].startswith("`[[")}
    assert shown.keys() == set(FILL_INS)
    shutil.copytree(ROOT / "campaigns", tmp_path / "campaigns")
    sirene = read_campaigns(tmp_path, read_lists(ROOT), PARIS)["sirene"]
    assert sirene.cadence is not None
    slot = slot_of(sirene.cadence, date(2023, 10, 4))
    assert slot is not None
    for name in set(FILL_INS) - {"number"}:
        (tmp_path / model_path("sirene")).write_text(f"[[{name}]]", encoding="utf-8")
        assert fill_model(tmp_path, sirene, slot, 1) in shown[name]


def test_the_worked_example_of_the_reading_rate_is_right() -> None:
    reading = Reading(measured=2440, people=780, machines=160)
    assert reading.reading_rate is not None
    assert reading.interval is not None
    low, high = reading.bounds
    shares = (reading.reading_rate, *reading.interval, low or 0, high or 0)
    page = read(FIGURES).replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")
    assert [share for share in shares if percent("fr", share) not in page] == []
