"""`mailer contacts export` and `retention`, `mailer register`: what is said, where it is written."""

from pathlib import Path

import pytest

from tests.cli.conftest import Mailer, write_contacts


@pytest.fixture
def readers(site: Path, mailer: Mailer) -> None:
    write_contacts(site / "readers.csv", 3)
    assert mailer("contacts", "import", "readers.csv", "--list", "lettre", "--yes").code == 0


@pytest.mark.usefixtures("readers")
def test_contacts_come_out_on_stdout_or_into_a_file(mailer: Mailer, site: Path) -> None:
    said = mailer("contacts", "export")
    assert said.out.startswith("\ufeffemail;nom;type;lettres;ne plus écrire\r\nlectrice0@courriel.example;")
    assert "3 contacts." in said.err
    said = mailer("contacts", "export", "--list", "lettre", "--out", "sortie.csv", "--json")
    assert (said.code, said.json) == (0, {"count": 3})
    assert (site / "sortie.csv").read_bytes().count(b"\r\n") == 4
    again = mailer("contacts", "import", "sortie.csv", "--yes", "--json").json
    assert (again["ready"], again["merged"], again["to_check"], again["refused"]) == (0, 3, 0, 0)


@pytest.mark.usefixtures("site")
def test_two_outputs_and_a_place_that_cannot_be_written_are_refused(mailer: Mailer) -> None:
    said = mailer("contacts", "export", "--json")
    assert (said.code, "name a file with --out" in said.err) == (1, True)
    for command in (("contacts", "export"), ("register",)):
        said = mailer(*command, "--out", "nulle-part/sortie")
        assert (said.code, "cannot be written" in said.err) == (1, True)


@pytest.mark.usefixtures("readers")
def test_nobody_is_asked_who_came_in_just_now(mailer: Mailer) -> None:
    nothing = {"asked": 0, "erased": 0, "waiting": 0, "out_of_reach": 0}
    for more in (("--dry-run",), ()):
        said = mailer("contacts", "retention", *more, "--json")
        assert (said.code, said.json) == (0, nothing)


@pytest.mark.usefixtures("readers")
def test_the_register_is_one_page(mailer: Mailer, site: Path) -> None:
    assert "<h1>Register of processing</h1>" in mailer("register").out
    assert mailer("register", "--out", "registre.html").code == 0
    assert "lectrice0" not in (site / "registre.html").read_text(encoding="utf-8")
