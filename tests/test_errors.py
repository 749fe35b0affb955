"""The tree of errors is the one drawn, and each error reads as a sentence."""

import inspect
import re

import pytest

from mailer import errors
from mailer.errors import BadFiles, MailerError, NotFound, Problem, Refused


def drawn() -> dict[str, str]:
    """Each class of the drawing in the module's docstring, with the class above it."""
    above: dict[int, str] = {-1: "Exception"}
    tree: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"([│├└─ ]*)([A-Z][A-Za-z]+Error|Refused|[A-Z][A-Za-z]+) {2,}\S", line):
            depth = len(found[1]) // 4
            tree[found[2]] = above[depth - 1]
            above[depth] = found[2]
    return tree


def written() -> dict[str, str]:
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, Exception)]
    return {each.__name__: each.__base__.__name__ for each in classes if each.__base__}


def test_the_drawing_in_the_docstring_is_the_tree() -> None:
    assert len(drawn()) >= 10
    assert drawn() == written()


def test_every_error_of_the_tree_is_one_that_the_doors_can_say() -> None:
    for name in written():
        assert issubclass(getattr(errors, name), MailerError)
        assert getattr(errors, name).__doc__


def test_an_error_reads_as_its_sentence_with_the_holes_filled() -> None:
    error = NotFound("There is no issue {issue}.", issue="sirene/2023-09")
    assert str(error) == "There is no issue sirene/2023-09."
    assert (error.sentence, error.values) == ("There is no issue {issue}.", {"issue": "sirene/2023-09"})


def test_values_that_hold_braces_are_printed_as_they_are() -> None:
    assert str(NotFound("There is no issue {issue}.", issue="{curly}")) == "There is no issue {curly}."


def test_mistakes_in_files_are_all_told_one_line_each() -> None:
    problems = [
        Problem("config.toml", 3, "unknown key {key}.", {"key": "prot"}),
        Problem("lists", None, "no file here."),
    ]
    error = BadFiles(problems)
    assert str(error) == "config.toml:3: unknown key prot.\nlists: no file here."
    assert error.problems == tuple(problems)
    assert error.values == {"count": 2}
    with pytest.raises(Refused):
        raise error
