"""The dated list of programs that fetch images and links: the one that came with the program, or a newer
one of the site."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from mailer.config.toml import mistake, parse_toml
from mailer.content.fields import Line, Strict
from mailer.domain.agents import AgentList
from mailer.errors import BadFiles, Problem, Refused
from mailer.language import N_

SITE_FILE = Path("var") / "agents.toml"
SHIPPED = Path(__file__).with_name("agents.toml")

UNREADABLE = N_("this file cannot be read: {reason}")
EMPTY_WORD = N_("a list holds an empty word, which every program's name would hold.")
NOT_NEWER = N_("{path} is of {found}, and the list in use is of {used}: nothing was changed.")
CANNOT_WRITE = N_("{path} cannot be written: {reason}. Give this user the right to do so.")


def read_agents(site: Path) -> AgentList:
    """The newest of the two. Raises BadFiles."""
    shipped = _read(SHIPPED, SHIPPED.name)
    if not (site / SITE_FILE).exists():
        return shipped
    own = _read(site / SITE_FILE, str(SITE_FILE))
    return own if own.dated > shipped.dated else shipped


def update_agents(site: Path, path: Path) -> AgentList:
    """Takes a newer list, given by hand, into use. Raises BadFiles or Refused."""
    offered, used = _read(path, str(path)), read_agents(site)
    if offered.dated <= used.dated:
        raise Refused(NOT_NEWER, path=path, found=offered.dated, used=used.dated)
    target = site / SITE_FILE
    aside = target.with_suffix(".new")
    try:
        target.parent.mkdir(exist_ok=True)
        aside.write_bytes(path.read_bytes())
        aside.replace(target)
    except OSError as error:
        raise Refused(CANNOT_WRITE, path=target, reason=error.strerror) from error
    return offered


def _words(words: tuple[str, ...]) -> tuple[str, ...]:
    if not all(word.strip() for word in words):
        raise mistake(EMPTY_WORD)
    return words


def _folded(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _words(words))


_Folded = Annotated[tuple[str, ...], AfterValidator(_folded)]


class _AgentsFile(Strict):
    dated: date
    sources: tuple[Line, ...]
    exact: Annotated[tuple[str, ...], AfterValidator(_words)]
    proxies: _Folded
    programs: _Folded
    robots: _Folded
    not_robots: _Folded = ()


def _read(path: Path, name: str) -> AgentList:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFiles([Problem(name, None, UNREADABLE, {"reason": str(error)})]) from error
    file, problems = parse_toml(text, name, _AgentsFile)
    if file is None or problems:
        raise BadFiles(problems)
    return AgentList(**file.model_dump())
