"""Past years' figures: every way in which an association writes them is read, every mistake is said with its line."""

from pathlib import Path

import pytest

from mailer.content.past_figures import read_past_figures
from mailer.domain.years import PastYear
from mailer.errors import BadFiles, NotFound, Refused

GOOD = PastYear(2022, "sirene", 11, 45_000, 0.3192)


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "past.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "year,campaign,issues,sends,rate\n2022,sirene,11,45000,31.92\n",
        "année;campagne;numéros;envois;taux\n2022;sirene;11;45 000;31,92 %\n",
        "Année;Campagne;Numéros;Envois;Taux de lecture (%)\n2022;sirene;11;45\u202f000;31,92\n\n;;;;\n",
        "sep=;\nRate;Year;Campaign;Issues;Sends\n31.92%;2022;sirene;11;45000\n",
        'year\tcampaign\tissues\tsends\trate\n2022\tsirene\t11\t"45000"\t31,92\u00a0%\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_year_is_read_however_it_is_written(tmp_path: Path, text: str, encoding: str) -> None:
    assert read_past_figures(write(tmp_path, text, encoding)) == (GOOD,)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("22;sirene;11;45000;31,92", '"22" is not a year'),
        ("2022;La Sirène;11;45000;31,92", "is not the name of a campaign"),
        ("2022;sirene;0;45000;31,92", "is not a number of issues"),
        ("2022;sirene;11;beaucoup;31,92", "is not a number of sends"),
        ("2022;sirene;11;-5;31,92", "is not a number of sends"),
        ("2022;sirene;11;45000;131,92", "is not a reading rate"),
        ("2022;sirene;11;45000;", "is not a reading rate"),
        ("2022;sirene;11;45000;nan", "is not a reading rate"),
        ("2022;sirene;11;45000;0,3192", "may be a share or a percentage"),
        ("2022;sirene;11;45000", "has 4 cells"),
        ("2021;sirene;11;44000;30", "is line 2"),
    ],
)
def test_a_mistake_is_said_with_its_line(tmp_path: Path, row: str, said: str) -> None:
    file = write(tmp_path, f"year;campaign;issues;sends;rate\n2021;sirene;11;44000;30\n{row}\n")
    with pytest.raises(BadFiles) as told:
        read_past_figures(file)
    [problem] = told.value.problems
    assert (problem.path, problem.line) == ("past.csv", 3)
    assert said in str(problem)


@pytest.mark.parametrize("text", ["year;campaign;issues;sends\n2022;sirene;11;45000\n", "2022;sirene;11;45000;31,92\n"])
def test_a_file_must_name_its_columns(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refused, match="names of its columns"):
        read_past_figures(write(tmp_path, text))


def test_a_file_without_years_and_no_file_are_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no year"):
        read_past_figures(write(tmp_path, "year;campaign;issues;sends;rate\n"))
    with pytest.raises(NotFound):
        read_past_figures(tmp_path / "nowhere.csv")
