"""House rules that no linter knows. Each was written because another project broke it and paid."""

import ast
import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from pydantic import BaseModel

from mailer import errors
from mailer.config import SECRETS, Config, Families, FamilyLimits, FamilyTables
from mailer.config.mistakes import by_name, model_in
from mailer.errors import MailerError

ROOT = Path(__file__).parents[1]
FILES = sorted(path for path in (ROOT / "mailer").rglob("*.py"))
DOORS = ("mailer/cli/", "mailer/web/", "mailer/demo/", "mailer/clock.py", "mailer/__main__.py")
ERRORS = [name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, MailerError)]
SENTENCE_AT = {**dict.fromkeys(ERRORS, 0), "Problem": 2, "Finding": 3, "RefusedRow": 1, "mistake": 0}
"""Which argument of an error or a value is the sentence."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def calls(paths: Iterable[Path], wrong: Callable[[str], object]) -> list[str]:
    """Where these files call something whose dotted name is wrong."""
    return [
        f"{name_of(path)}:{node.lineno}"
        for path in paths
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and wrong(ast.unparse(node.func))
    ]


def outside(*allowed: str) -> list[Path]:
    return [path for path in FILES if not name_of(path).startswith(allowed)]


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Each text of a file that is not a docstring, bytes too, with its line."""
    alone = {id(node.value) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and id(node) not in alone:
            if isinstance(node.value, str):
                yield node.lineno, node.value
            elif isinstance(node.value, bytes):
                yield node.lineno, node.value.decode("latin-1")


def test_there_is_a_house_to_look_at() -> None:
    assert len(FILES) > 20
    assert len(outside(*DOORS)) > 10


# Time, commits, output ----------------------------------------------------------------------------------------------

CLOCKS = re.compile(r"(^|(?<!^func)\.)(now|utcnow|today)$|^time\.(time|time_ns|localtime|gmtime)$|^time$")


def test_nobody_below_the_doors_asks_what_time_it_is() -> None:
    """`now` is an argument: a rule that reads the clock cannot be tested at 23:59 on a 31 December. (A stopwatch,
    `time.monotonic`, is no clock; the database's own, `func.now`, is what leases are measured with.)"""
    assert calls(outside(*DOORS), CLOCKS.search) == []


def test_only_the_database_and_the_ledger_commit() -> None:
    """A function that commits on its own ends the transaction of whoever called it, half done."""
    others = outside("mailer/store/database.py", "mailer/store/ledger.py")
    assert calls(others, lambda name: name.endswith(".commit")) == []


def test_only_the_doors_of_the_terminal_print() -> None:
    """`--json` promises one object on stdout and nothing else."""
    assert calls(outside("mailer/cli/", "mailer/demo/"), lambda name: name == "print") == []


# Markup and sentences -----------------------------------------------------------------------------------------------

ELEMENT = re.compile(
    r"(?<!\?P)</?(?:!doctype|html|head|body|meta|title|style|script|div|span|p|a|b|i|em|strong|br|hr|img|table|tr|td|th|"
    r"ul|ol|li|h[1-6]|form|input|label|button|svg|section|article|mjml|mj-[a-z]+)\b",
    re.IGNORECASE,
)
MARKUP_IS_READ_IN = {
    "mailer/rendering/mjml_compiler.py": "looks for what MJML and premailer leave behind, and puts the doctype back",
}


def test_python_writes_no_markup() -> None:
    """All markup is in templates/, where a designer finds it and where it is escaped. The exceptions say why."""
    others = outside(*MARKUP_IS_READ_IN)
    assert [f"{name_of(path)}:{line}" for path in others for line, text in strings(path) if ELEMENT.search(text)] == []


def test_every_file_that_may_hold_markup_needs_to() -> None:
    """An exception that nobody needs any more hides the next mistake."""
    for name in MARKUP_IS_READ_IN:
        assert any(ELEMENT.search(text) for _, text in strings(ROOT / name)), name


def test_no_error_is_raised_with_an_unmarked_sentence() -> None:
    """A sentence written in place is not in the catalogues: a French reader would get it in English."""
    found = []
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                at = SENTENCE_AT.get(node.func.id)
                if at is not None and isinstance(dict(enumerate(node.args)).get(at), ast.Constant | ast.JoinedStr):
                    found.append(f"{name_of(path)}:{node.lineno}")
    assert found == []


# Size and words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_module_says_what_it_is_for_and_stays_small(path: Path) -> None:
    """A room is read in one go; beyond 300 lines a file has two subjects."""
    assert ast.get_docstring(tree_of(path))
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 300


def test_every_verb_of_the_product_says_what_it_does() -> None:
    """services/ is where a newcomer reads what the product does."""
    found = []
    for path in FILES:
        if name_of(path).startswith("mailer/services/"):
            public = [
                n for n in tree_of(path).body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            ]
            found += [f"{name_of(path)}: {n.name}" for n in public if n.name[0] != "_" and not ast.get_docstring(n)]
    assert found == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    """What goes into a file called utils is found by nobody."""
    empty = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
    assert [name_of(path) for path in FILES if path.stem in empty or path.parent.name in empty] == []


# Documents ----------------------------------------------------------------------------------------------------------


def config_keys(model: type[BaseModel] = Config, above: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = model_in(field.annotation)
        if by_name(field):
            yield f"{above}{name}.NAME"
        elif inner is FamilyTables:
            yield from config_keys(FamilyLimits, f"{above}{name}.FAMILY.")
        elif inner is Families:
            yield f"{above}{name}.FAMILY"
        else:
            yield from config_keys(inner, f"{above}{name}.") if inner else [f"{above}{name}"]


@pytest.mark.parametrize("key", list(config_keys()))
def test_every_configuration_key_is_in_docs_running(key: str) -> None:
    """A key that is not written down is found by reading the source, or not at all."""
    if tuple(key.split(".")) in SECRETS:
        key = f"MAILER_{key.replace('.', '__').upper()}"
    page = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    table, _, last = key.rpartition(".")
    rows = [line for line in page.splitlines() if line.startswith("|") and f"`{table}" in line]
    assert f"`{key}`" in page or any(f"`.{last}`" in row for row in rows)


def test_every_decision_has_its_five_parts() -> None:
    """A decision without alternatives was not one, and one that nothing enforces decays."""
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Alternatives", "What enforces it"], page.name


# Dependencies -------------------------------------------------------------------------------------------------------


@cache
def project() -> dict[str, list[str]]:
    """By kind, the names of the libraries that pyproject.toml asks for."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = content["project"]["optional-dependencies"]
    kinds = {"run": content["project"]["dependencies"], "build": content["build-system"]["requires"], **extras}
    return {
        kind: [re.split(r"[^\w-]", asked, maxsplit=1)[0].lower() for asked in every] for kind, every in kinds.items()
    }


def locked(name: str) -> dict[str, str]:
    """The entries of a lock, by library."""
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8").strip())
    return {entry.split("==")[0].split("[")[0]: entry for entry in entries}


@pytest.mark.parametrize(
    ("lock", "kinds"),
    [("requirements.lock", ("run", "build")), ("requirements-dev.lock", ("run", "build", "postgres", "dev"))],
)
def test_a_lock_holds_all_that_is_asked_for_with_hashes_and_no_address(lock: str, kinds: tuple[str, ...]) -> None:
    """A clone must be the same program next year, from any mirror."""
    entries = locked(lock)
    assert [name for kind in kinds for name in project()[kind] if name not in entries] == []
    assert [name for name, entry in entries.items() if "--hash=sha256:" not in entry or "://" in entry] == []


def test_a_lock_names_the_extras_that_one_library_asks_of_another() -> None:
    """Debian's pip takes the newest `coverage[toml]` where only `coverage` is locked, and then refuses its hash."""
    entries = locked("requirements-dev.lock")
    asked = {
        (re.sub(r"[-_.]+", "-", found["name"]).lower(), found["extra"])
        for library in entries
        for wanted in _requirements(library)
        if "extra ==" not in wanted and (found := re.match(r"(?P<name>[\w.-]+)\[(?P<extra>[\w-]+)\]", wanted))
    }
    assert asked
    assert [name for name, extra in sorted(asked) if f"[{extra}]" not in entries[name].partition("==")[0]] == []


def _requirements(library: str) -> list[str]:
    try:
        return metadata.requires(library) or []
    except metadata.PackageNotFoundError:  # locked for another system or Python
        return []


def test_every_library_that_runs_has_its_reason_written_down() -> None:
    """docs/decisions/0009: a dependency is a decision."""
    page = (ROOT / "docs" / "decisions" / "0009-dependencies.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| ([\w-]+)", page, re.MULTILINE))
    assert set(project()["run"] + project()["postgres"]) == rows - {"library", "---"}


def test_the_licence_is_the_one_of_the_free_software_foundation_unchanged() -> None:
    """« Changing it is not allowed »: the hash is that of gnu.org/licenses/agpl-3.0.txt."""
    text = (ROOT / "LICENSE").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "0d96a4ff68ad6d4b6f1f30f713b18d5184912ba8dd389f86aa7710db079abcb0"
