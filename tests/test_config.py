"""config.toml: each mistake in one go, with its place and what to do; variables win; no secret is ever shown."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.config import LONGEST_PUBLIC_URL, Families, FamilyTables, Smtp, find_site, read_config
from mailer.config.toml import line_of
from mailer.domain.addresses import Family
from mailer.errors import BadFiles, NotFound

GOOD = """\
public_url = "https://lettre.example"

[organisation]
name = "Collectif des associations"
contact = "bonjour@lettre.example"
postal_address = "1 rue des Lilas, 99999 Montbriel"

[smtp]
host = "relay.example"
port = 587
"""


def write(site: Path, text: str) -> Path:
    (site / "config.toml").write_text(text, encoding="utf-8")
    return site


def mistakes(site: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(BadFiles) as caught:
        read_config(write(site, text), environ or {})
    return [str(problem) for problem in caught.value.problems]


def test_a_good_file_is_read_and_the_rest_has_defaults(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD), {})
    assert config.public_url == "https://lettre.example"
    assert (config.smtp.host, config.smtp.port, config.smtp.security) == ("relay.example", 587, "starttls")
    assert (config.language, config.zone.key) == ("fr", "Europe/Paris")
    assert config.database.url == "sqlite:///var/mailer.db"
    assert config.measure.anonymous is None


def test_readings_are_counted_only_by_a_decision_that_says_who_when_and_where(tmp_path: Path) -> None:
    table = '[measure.anonymous]\ndecided_by = "le bureau"\ndecided_on = 2026-05-04\nreference = "PV 2026-12"\n'
    decision = read_config(write(tmp_path, f"{GOOD}\n{table}"), {}).measure.anonymous
    assert decision is not None
    assert (decision.decided_by, decision.decided_on) == ("le bureau", date(2026, 5, 4))


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("port = 587", "prot = 587", 'config.toml:10: unknown key "prot". Did you mean "port"?'),
        (
            "[organisation]",
            'colour = "red"\n[organisation]',
            'config.toml:3: unknown key "colour". The keys here are: public_url, language, timezone, organisation, '
            "database, smtp, relays, families, retry, measure, backup, metrics, log, staff, report, bounces, "
            "contacts, solicitations, retention.",
        ),
        ("port = 587", 'port = "many"', "config.toml:10: \"smtp.port\" cannot be 'many'; it is a whole number."),
        ("port = 587", "port = 0", 'config.toml:10: "smtp.port" cannot be 0; it is 1 or more.'),
        ("port = 587", "port = 70000", 'config.toml:10: "smtp.port" cannot be 70000; it is 65535 or less.'),
        ("port = 587", "timeout_s = 0", 'config.toml:10: "smtp.timeout_s" cannot be 0; it is more than 0.'),
        ("port = 587", "timeout_s = []", 'config.toml:10: "smtp.timeout_s" cannot be []; it is a number.'),
        (
            'host = "relay.example"',
            "host = true",
            'config.toml:9: "smtp.host" cannot be true; it is a text between quotation marks.',
        ),
        (
            "port = 587",
            'security = "ssl"',
            "config.toml:10: \"smtp.security\" cannot be 'ssl'; it is one of 'none', 'starttls', 'tls'.",
        ),
        ('name = "Collectif des associations"\n', "", 'config.toml:3: the key "organisation.name" is missing.'),
        (
            'public_url = "https://lettre.example"\n',
            "",
            'config.toml:1: the key "public_url" is missing.',
        ),
        (
            "https://lettre.example",
            "http://lettre.example",
            "config.toml:1: \"public_url\" cannot be 'http://lettre.example'; it begins with https://, or receivers "
            "ignore one-click links.",
        ),
        (
            "https://lettre.example",
            "https://lettre.example/lettres",
            "config.toml:1: \"public_url\" cannot be 'https://lettre.example/lettres'; it is a host alone, like "
            "https://lettre.example.",
        ),
        (
            "[organisation]",
            'timezone = "Europe/Montbriel"\n[organisation]',
            "config.toml:3: \"timezone\" cannot be 'Europe/Montbriel': there is no such zone. One is Europe/Paris.",
        ),
        (
            "port = 587",
            'port = 587\n[measure]\nanonymous = { decided_by = "le bureau", reference = "PV", decided_onn = 1 }',
            'config.toml:12: unknown key "decided_onn". Did you mean "decided_on"?',
        ),
        (
            "port = 587",
            'port = 587\n[measure.anonymous]\ndecided_by = "le bureau"\nreference = "PV"\ndecided_on = "hier"',
            "config.toml:14: \"measure.anonymous.decided_on\" cannot be 'hier'; it is a date, like 2026-01-31.",
        ),
        ("port = 587", "port = ", "config.toml:10: this is not valid TOML: invalid value."),
        ("port = 587", "port = 587\n[[smtp]]", "config.toml:11: this is not valid TOML: cannot overwrite a value."),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_its_line(tmp_path: Path, written: str, instead: str, said: str) -> None:
    assert GOOD.count(written) == 1
    found = mistakes(tmp_path, GOOD.replace(written, instead))
    assert any(sentence.startswith(said) for sentence in found), found


def test_a_login_in_clear_is_refused_unless_the_relay_is_this_machine(tmp_path: Path) -> None:
    login = GOOD.replace("port = 587", 'port = 587\nsecurity = "none"\nusername = "sirene"')
    (said,) = mistakes(tmp_path, login)
    assert said == (
        'config.toml:12: "username" cannot go with security = "none": the password would travel in clear to '
        'relay.example. Set security to "starttls" or "tls".'
    )
    for here in ("127.0.0.1", "127.0.0.53", "::1", "localhost"):
        config = read_config(write(tmp_path, login.replace("relay.example", here)), {})
        assert config.smtp.username == "sirene"
    assert read_config(write(tmp_path, login.replace("none", "starttls")), {}).smtp.username == "sirene"


def test_a_table_written_as_a_word_is_said_so(tmp_path: Path) -> None:
    text = 'database = "sqlite:///x.db"\n' + GOOD
    assert mistakes(tmp_path, text) == [
        "config.toml:1: \"database\" cannot be 'sqlite:///x.db'; it is a table, which a line [database] opens."
    ]


def test_all_mistakes_of_a_file_are_said_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("port = 587", 'port = 0\nusernam = "ana"').replace("name = ", "nom = ")
    assert sorted(sentence.split(": ")[0] for sentence in mistakes(tmp_path, text)) == [
        "config.toml:10", "config.toml:11", "config.toml:3", "config.toml:4",
    ]  # fmt: skip


def test_the_longest_address_that_keeps_one_click_links_on_one_line_is_taken(tmp_path: Path) -> None:
    fits = "https://" + "a" * (LONGEST_PUBLIC_URL - len("https://.example")) + ".example"
    config = read_config(write(tmp_path, GOOD.replace("https://lettre.example", f"{fits}/")), {})
    assert config.public_url == fits
    assert len(f"<{fits}/u/{'x' * 22}>") == 75
    (said,) = mistakes(tmp_path, GOOD.replace("https://lettre.example", fits.replace("https://", "https://a")))
    assert "breaks one-click unsubscribe" in said


def test_a_machine_for_trials_may_do_without_https(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD.replace("https://lettre.example", "http://127.0.0.1:8000")), {})
    assert config.public_url == "http://127.0.0.1:8000"


def test_variables_win_over_the_file_table_by_table(tmp_path: Path) -> None:
    environ = {
        "MAILER_SMTP__PORT": "2525",
        "MAILER_DATABASE__URL": "postgresql://db.example/mailer",
        "MAILER_PUBLIC_URL": "https://autre.example",
        "MAILER_MEASURE__ANONYMOUS__DECIDED_BY": "le bureau",
        "MAILER_MEASURE__ANONYMOUS__DECIDED_ON": "2026-05-04",
        "MAILER_MEASURE__ANONYMOUS__REFERENCE": "PV 2026-12",
        "HOME": "/home/ana",
        "MAILER_TEST_DATABASE_URL": "of no concern to the product",
    }
    config = read_config(write(tmp_path, GOOD), environ)
    assert (config.smtp.host, config.smtp.port) == ("relay.example", 2525)
    assert config.database.url == "postgresql://db.example/mailer"
    assert config.public_url == "https://autre.example"
    assert config.measure.anonymous is not None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MAILER_SMTP__PORT", "many", "MAILER_SMTP__PORT: \"smtp.port\" cannot be 'many'; it is a whole number."),
        ("MAILER_SMTP__PROT", "25", 'MAILER_SMTP__PROT: unknown key "prot". Did you mean "port"?'),
        ("MAILER_SMPT__PORT", "25", 'MAILER_SMPT__PORT: unknown key "smpt". Did you mean "smtp"?'),
        (
            "MAILER_SMTP",
            "relay.example",
            "MAILER_SMTP: \"smtp\" cannot be 'relay.example'; it is a table, which a line [smtp] opens.",
        ),
    ],
)
def test_a_mistake_in_a_variable_is_said_with_its_name(tmp_path: Path, name: str, value: str, said: str) -> None:
    assert mistakes(tmp_path, GOOD, {name: value, "MAILER_SMTP__HOST": "127.0.0.1"}) == [said]


def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    for written in ('"hunter2"', "271828"):
        found = mistakes(tmp_path, f"{GOOD}password = {written}\n")
        assert (
            'config.toml:11: "smtp.password" does not belong in this file. '
            "Give it in the variable MAILER_SMTP__PASSWORD." in found
        )
        assert written.strip('"') not in "".join(found)


def test_a_password_of_another_relay_is_refused_in_the_file_too(tmp_path: Path) -> None:
    for written in ('"hunter2"', "271828"):
        found = mistakes(tmp_path, f'{GOOD}[relays.rapide]\nhost = "rapide.example"\npassword = {written}\n')
        assert (
            'config.toml:13: "relays.rapide.password" does not belong in this file. '
            "Give it in the variable MAILER_RELAYS__RAPIDE__PASSWORD." in found
        )
        assert written.strip('"') not in "".join(found)


def test_the_password_comes_from_its_variable_and_is_never_printed(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD), {"MAILER_SMTP__PASSWORD": "hunter2"})
    assert config.smtp.password.get_secret_value() == "hunter2"
    for shown in (repr(config), str(config), config.model_dump_json(), str(config.smtp)):
        assert "hunter2" not in shown


RELAYS = f"""{GOOD}
per_second = 10
[smtp.families.orange]
per_second = 2
connections = 2

[relays.rapide]
host = "rapide.example"
per_day = 1440
"""


def test_a_relay_is_found_by_its_name_and_main_is_the_table_smtp(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, RELAYS), {"MAILER_RELAYS__RAPIDE__PASSWORD": "hunter2"})
    assert config.relay_names == ("main", "rapide")
    assert config.relay("main") is config.smtp
    assert config.relay("rapide").password.get_secret_value() == "hunter2"
    assert (config.smtp.per_second, config.smtp.per_hour, config.relay("rapide").per_day) == (10, 0, 1440)
    assert config.smtp.families.of("orange").connections == 2
    assert config.smtp.families.of("google").per_second == 0
    with pytest.raises(NotFound, match='Did you mean "rapide"'):
        config.relay("rapid")
    with pytest.raises(NotFound, match="The relays are: main, rapide"):
        config.relay("poste")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('[relays.main]\nhost = "a.example"', 'config.toml:11: "main" is the relay of the table [smtp]; '),
        ('[relays."Le Gros"]\nhost = "a.example"', 'config.toml:11: "Le Gros" cannot be the name of a relay: '),
        ("[relays.gros]\nport = 25", 'config.toml:11: the key "relays.gros.host" is missing.'),
        ('[relays.gros]\nhost = "a.example"\nprot = 25', 'config.toml:13: unknown key "prot". Did you mean "port"?'),
        ("relays = 3", 'config.toml:11: unknown key "relays".'),
        ("[relays]\ngros = 3", 'config.toml:12: "relays.gros" cannot be 3; it is a table, which a line [relays.gros]'),
        ("[smtp.families.ornage]\nper_day = 1", 'config.toml:11: unknown key "ornage". Did you mean "orange"?'),
        (
            "[smtp.families.orange]\nper_day = -1",
            'config.toml:12: "smtp.families.orange.per_day" cannot be -1; it is 0',
        ),
        ('[families]\nornage = ["orange.be"]', 'config.toml:12: unknown key "ornage". Did you mean "orange"?'),
        ('[families]\norange = ["orange"]', 'config.toml:12: "orange" is no domain; write what stands after the @'),
        (
            '[families]\norange = ["Orange.be"]\nfree = ["orange.be"]',
            'config.toml:11: "orange.be" is in two families, orange and free; leave it in one of them.',
        ),
    ],
)
def test_a_mistake_about_relays_is_said_with_its_line(tmp_path: Path, written: str, said: str) -> None:
    found = mistakes(tmp_path, f"{GOOD}{written}\n")
    assert len(found) == 1
    assert found[0].startswith(said)


def test_what_our_own_file_offers_as_comments_may_be_uncommented(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "config.toml").read_text(encoding="utf-8")
    offered = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)
    config = read_config(write(tmp_path, offered), {})
    assert config.relay_names == ("main", "rapide")
    assert config.smtp.families.of("free").per_hour == 100
    assert config.families.orange == ("voila.fr",)


def test_a_slip_in_a_variable_makes_no_relay(tmp_path: Path) -> None:
    assert mistakes(tmp_path, RELAYS, {"MAILER_RELAYS__RAPID__PASSWORD": "hunter2"}) == [
        'MAILER_RELAYS__RAPID__PASSWORD: the key "relays.rapid.host" is missing.'
    ]


def test_the_families_are_those_of_addresses() -> None:
    names = [family.name.lower() for family in Family]
    assert sorted(FamilyTables.model_fields) == sorted(Families.model_fields) == sorted(names)


def test_a_configuration_cannot_be_changed_once_read(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD), {})
    with pytest.raises(ValueError, match="frozen"):
        config.smtp.port = 25  # type: ignore[misc]  # the type checker knows it too
    assert config.smtp != Smtp()


def test_a_missing_or_unreadable_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadFiles, match=r"^config.toml: this file cannot be read: "):
        read_config(tmp_path, {})
    (tmp_path / "config.toml").write_bytes(b'name = "Collectif \xe9"')
    with pytest.raises(BadFiles, match=r"^config.toml: this file cannot be read: "):
        read_config(tmp_path, {})


def test_the_site_is_the_nearest_folder_above_that_holds_a_configuration(tmp_path: Path) -> None:
    deep = write(tmp_path, GOOD) / "campaigns" / "sirene"
    deep.mkdir(parents=True)
    assert find_site(deep) == tmp_path
    assert find_site(tmp_path) == tmp_path


def test_where_there_is_no_site_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="name it with --site"):
        find_site(tmp_path)


# Where a key is written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "keys", "line"),
    [
        ("a = 1\nb = 2", ["b"], 2),
        ("[t]\na = 1", ["t", "a"], 2),
        ("[t]\na = 1", ["t"], 1),
        ("[t]\na = 1", ["t", "missing"], 1),
        ("a = 1", ["missing"], None),
        ("t.a = 1\nt.b = 2", ["t", "b"], 2),
        ("[ t . 'u' ]\n\"a\" = 1", ["t", "u", "a"], 2),
        ("t = { a = 1 }", ["t", "a"], 1),
        ("[t]\n[t.u]\n[v]", ["t", "u", "missing"], 2),
        ('long = """\na = 0\n[t]\n"""\na = 1', ["a"], 5),
        ('lists = [\n  ["t"],\n]\na = 1', ["a"], 4),
        ("lists = [\n  [1]\n]\na = 1", ["a"], 4),
        ("lists = [1,\r\n2]\r\na = 1\r\n", ["a"], 3),
        ("[[t]]\na = 1\n[[t]]\nb = 2", ["t", "b"], 4),
    ],
)
def test_line_of_finds_a_key_as_people_write_them(text: str, keys: list[str], line: int | None) -> None:
    tomllib.loads(text)
    assert line_of(text, keys) == line


names = st.from_regex(r"[a-z_][a-z0-9_-]{0,5}", fullmatch=True)
values = st.sampled_from(
    ["1", '"x = 1"', '"""\n[a]\nb = 1\n"""', "[\n  1,\n  2,\n]", "'''\n\n'''", '{ a = 1, b = "[c]" }', "2026-01-31"]
)
tables = st.dictionaries(names, st.dictionaries(names, values, max_size=4), max_size=4)


@given(tables, st.sampled_from(["", "# a comment", "   # [not a table]"]))
def test_line_of_finds_every_key_of_any_document(document: dict[str, dict[str, str]], between: str) -> None:
    lines: list[str] = []
    written: dict[tuple[str, ...], int] = {}
    for table, keys in document.items():
        lines += [between, f"[{table}]"]
        written[table,] = len(lines)
        for key, value in keys.items():
            written[table, key] = len(lines) + 1
            lines += f"{key} = {value}".split("\n")
    text = "\n".join(lines)
    tomllib.loads(text)
    assert {keys: line_of(text, keys) for keys in written} == written


def test_staff_are_addresses_each_once_in_the_file_or_in_a_variable(tmp_path: Path) -> None:
    named = '\n[staff]\ntell = ["odile@lavoir.example", "odile@lavoir.example", "karim@lavoir.example"]\n'
    both = ("odile@lavoir.example", "karim@lavoir.example")
    (tmp_path / "config.toml").write_text(GOOD + named)
    assert read_config(tmp_path, {}).staff.tell == both
    (tmp_path / "config.toml").write_text(GOOD)
    assert read_config(tmp_path, {}).staff.tell == ()
    assert read_config(tmp_path, {"MAILER_STAFF__TELL": ", ".join(both)}).staff.tell == both


@pytest.mark.parametrize(
    "written", ['"odile"', '"Odile <odile@lavoir.example>"', '"a@b"', '"a@b.example\\nBcc: c@d.example"']
)
def test_what_is_no_address_cannot_be_told(tmp_path: Path, written: str) -> None:
    (tmp_path / "config.toml").write_text(f"{GOOD}\n[staff]\ntell = [{written}]\n")
    with pytest.raises(BadFiles, match="is a list of mail addresses"):
        read_config(tmp_path, {})
