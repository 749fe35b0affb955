"""Which contacts are proposed as one, with what evidence; and who is left alone."""

from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.likeness import Evidence, Look, compare, probable_pairs
from mailer.domain.people import ContactKind
from mailer.domain.search import fold
from mailer.domain.spellings import likeness, structure_words

NAMES = st.text("aàbcdéMJC.'’- ", max_size=24)


def person(number: int, name: str, address: str = "", city: str = "", structures: frozenset[int] = frozenset()) -> Look:
    return Look(number, ContactKind.PERSON, name, fold(city), address, structures)


def structure(number: int, name: str, address: str = "", city: str = "", *numbers: str) -> Look:
    return Look(number, ContactKind.STRUCTURE, name, fold(city), address, numbers=frozenset(numbers))


def evidence(*looks: Look) -> list[tuple[Evidence, ...]]:
    return [pair.evidence for pair in probable_pairs(looks)]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("Léa Roux", "lea+cac@gmail.com"), ("", "lea@gmail.com"), Evidence.PLUS_OR_DOTS),
        (("Léa Roux", "l.e.a@gmail.com"), ("Roux Léa", "lea@gmail.com"), Evidence.PLUS_OR_DOTS),
        (("Léa Roux", "lea@wanadoo.fr"), ("LEA ROUX", "lea@orange.fr"), Evidence.RENAMED_PROVIDER),
        (("Léa Roux", "lea@neuf.fr"), ("Léa Roux", "lea@sfr.fr"), Evidence.RENAMED_PROVIDER),
        (("Léa Roux", "lea@free.fr", "Rennes"), ("ROUX Léa", "l.roux@asso.example", "RENNES"), Evidence.SAME_CITY),
        (("Léa Roux", "lea@mairie.example"), ("Léa Roux", "l.roux@mairie.example"), Evidence.SAME_DOMAIN),
        (
            ("Léa Roux", "", "", frozenset([7])),
            ("Léa Roux", "l@ex.example", "", frozenset([7, 8])),
            Evidence.SAME_STRUCTURE,
        ),
        (("Léa Roux", "lea@free.fr"), ("Léa Roux", "l.roux@asso.example"), Evidence.NOTHING_AGAINST),
    ],
)
def test_one_person_twice_is_proposed_with_what_speaks_for_it(one: Any, other: Any, expected: Evidence) -> None:
    (found,) = evidence(person(1, *one), person(2, *other))
    assert expected in found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Léa Roux", "lea@free.fr", "Rennes"), ("Léa Roux", "l@ex.example", "Lyon")),
        (("Léa Roux", "lea@free.fr"), ("Karim Roux", "karim@free.fr")),
        (("Léa Roux", "l.ea@free.fr"), ("Jean Morel", "lea@free.fr")),
        (("Léa", "lea@ex.example"), ("Léa", "lea2@ex.example")),
        (("Léa Roux", "lea+a@gmail.com"), ("Jean Morel", "lea@gmail.com")),
        (("", "lea@ex.example"), ("", "lea@other.example")),
    ],
)
def test_two_people_are_left_alone(one: Any, other: Any) -> None:
    assert evidence(person(1, *one), person(2, *other)) == []


def test_many_of_one_name_are_proposed_only_where_something_else_speaks_for_it() -> None:
    crowd = [person(number, "Marie Martin", f"m{number}@free.fr") for number in range(1, 9)]
    assert evidence(*crowd) == []
    assert evidence(*crowd, person(20, "Marie Martin", "", "Brest"), person(21, "Marie Martin", "", "BREST")) == [
        (Evidence.SAME_NAME, Evidence.SAME_CITY)
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MJC Hauts de B.", "M.J.C. des Hauts-de-B"),
        ("MJC Hauts de Belleville", "M.J.C. des Hauts-de-B."),
        ("Maison des jeunes et de la culture des Hauts de B", "MJC Hauts de B"),
        ("Asso. Les Amis de l’Écluse", "Association les amis de l'ecluse"),
        ("Les Tournesols", "Les Tournesol"),
        ("Collectif Bretagne solidaire", "Collectif Bretagne solidiare"),
    ],
)
def test_a_structure_spelt_in_two_ways_is_alike_and_proposed_where_the_town_is_one(one: str, other: str) -> None:
    assert likeness(one, other) >= 0.9
    (found,) = evidence(structure(1, one, "", "Rennes"), structure(2, other, "", "rennes"))
    assert Evidence.SAME_CITY in found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (structure(1, "MJC des Hauts", "", "Rennes"), structure(2, "MJC des Hauts", "", "Lyon")),
        (structure(1, "Les Ormes", "", "", "12345678900011"), structure(2, "Les Ormes", "", "", "98765432100022")),
        (structure(1, "MJC du Nord", "", "Brest"), structure(2, "MJC du Sud", "", "Brest")),
        (structure(1, "Les Ormes"), person(2, "Les Ormes")),
    ],
)
def test_two_structures_are_left_alone(one: Look, other: Look) -> None:
    assert probable_pairs([one, other]) == []


def test_a_number_is_proof_whatever_the_names_are() -> None:
    both = structure(1, "Les Ormes", "", "Rennes", "W351000123"), structure(2, "ADLO", "", "Cesson", "W351000123")
    assert evidence(*both) == [(Evidence.SAME_NUMBER,)]


@given(NAMES, NAMES)
def test_likeness_is_mutual_and_a_name_is_like_itself(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, one) == (1.0 if structure_words(one) else 0.0)
    pair = compare(structure(1, one, "", "x"), structure(2, other, "", "x"))
    assert pair is None or pair.evidence


def test_ten_thousand_contacts_are_compared_within_two_seconds() -> None:
    """As many as it takes to see that nobody is compared with everyone, which would take minutes."""
    first = [f"{one}{end}" for one in ("Lé", "Ka", "Ma", "Zo", "Ya") for end in ("a", "rim", "lo", "nne", "el", "ria")]
    last = [
        f"{one}{end}" for one in ("Ro", "Mo", "Le", "Du", "Be", "Ca") for end in ("ux", "rel", "goff", "pont", "na")
    ]
    kinds = ("MJC", "Amis de", "Comité des fêtes de", "Centre social", "Régie de quartier")
    crowd = [
        person(at, f"{first[at * 7 % 30]} {last[at * 11 % 29]}", f"a{at}@free.fr", f"ville {at % 60}")
        for at in range(9_000)
    ]
    crowd += [
        structure(9_000 + at, f"{kinds[at % 5]} {last[at * 3 % 30]} {at % 450}", "", f"ville {at % 60}")
        for at in range(1_500)
    ]
    started = process_time()
    found = probable_pairs(crowd)
    assert process_time() - started < 2
    assert len(found) > 100
