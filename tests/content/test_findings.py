"""What is said about an issue that is written correctly."""

from pathlib import Path

import pytest

from mailer.content.findings import findings
from mailer.domain.findings import Level
from tests.content.sites import FRONT, NAME, make_site, picture, read, write

A = Level.ADVICE
W = Level.WARNING
E = Level.ERROR


def found(site: Path, text: str, front: str = FRONT) -> list[tuple[Level, str]]:
    issue = read(site, front + text + "\n")
    return [(one.level, str(one).removeprefix(f"campaigns/{NAME}/issue.md")) for one in findings(issue)]


@pytest.mark.parametrize(
    ("text", "level", "said"),
    [
        ("x\n\n[ici](https://a.example)", W, ':8: the link "ici" does not say where it leads'),
        ("[**Cliquez ici !**](https://a.example)", W, "does not say where it leads"),
        ("[](https://a.example)", W, ":6: this link has no words"),
        ("[un](http://a.example)", A, ':6: "http://a.example" begins with http://'),
        ("[un](https://localhost:8000/x)", E, ':6: "https://localhost:8000/x" is an address of your own machine'),
        ("[un](http://192.168.1.4/x)", E, "is an address of your own machine"),
        ("<http://machine.local/>", E, "is an address of your own machine"),
        ("[un](www.a.example)", E, ':6: "www.a.example" is not a whole address'),
        ("[un](programme.html)", E, "is not a whole address"),
        ("[un](https:///x)", E, "is not a whole address"),
        ("[un](https://[::x)", E, "is not a whole address"),
        ("[un](ftp://a.example/x)", E, 'cannot link to "ftp://a.example/x"'),
        ("[un](javascript:alert)", E, "cannot link to"),
        (
            '::: event title="x" start="2023-09-14T12:30" end="2023-09-14T13:30" link="http://localhost/"\n:::',
            E,
            ":6: ",
        ),
        ('::: section title="LIBERTÉS ASSOCIATIVES"\n:::', A, ':6: "LIBERTÉS ASSOCIATIVES" is written in capitals'),
        ("x\n\n## LIBERTÉS ASSOCIATIVES", A, ":8: "),
        ("nos militant.es et\ncompagnon.nes, adhérent.es", A, ":6: militant.es, adhérent.es: with a full stop"),
    ],
)
def test_what_readers_would_stumble_over_is_said(tmp_path: Path, text: str, level: Level, said: str) -> None:
    [(found_level, sentence)] = found(make_site(tmp_path), text)
    assert found_level is level
    assert said in sentence


@pytest.mark.parametrize(
    "text",
    [
        "[le programme de la journée](https://a.example/?Programme) et [écrivez-nous](mailto:a@b.example?subject=x)",
        "[retirez-moi]({{leave}}) ou [choisissez]({{preferences}})",
        "[appelez](tel:+33100000000) <https://www.salarié.es/un.es> a@militant.es",
        "participant·es, adhérent.e.s, un.e, directeur.rices, www.militant.es",
        '::: section title="CAC"\n:::',
        '::: section title="À Montbriel, le CER"\n:::',
    ],
)
def test_good_writing_is_left_alone(tmp_path: Path, text: str) -> None:
    assert found(make_site(tmp_path), text) == []


def test_the_subject_and_the_preheader_are_looked_at(tmp_path: Path) -> None:
    front = FRONT.replace("Une rentrée", "R" * 60).replace('preheader = "Le 20 septembre"\n', "")
    said = "\n".join(sentence for _, sentence in found(make_site(tmp_path), "Texte", front))
    assert "the subject is 77 characters long; a telephone shows about 65" in said
    assert "there is no preheader" in said
    shouted = FRONT.replace("Une rentrée à plusieurs voix", "UNE RENTRÉE")
    [(level, sentence)] = found(make_site(tmp_path / "again"), "Texte", shouted)
    assert (level, '"UNE RENTRÉE" is written in capitals' in sentence) == (Level.ADVICE, True)


def test_a_heavy_image_is_warned_about_where_it_stands(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    heavy = picture("PNG", (1200, 400), "RGB", compress_level=0)
    write(site, f"campaigns/{NAME}/a.png", heavy)
    write(site, f"campaigns/{NAME}/b.png", heavy)
    text = 'x\n\n![un](a.png)\n\n::: article image="b.png" alt="deux"\nx\n:::'
    assert [(level, sentence.split(":")[1]) for level, sentence in found(site, text)] == [(W, "8"), (W, "10")]
