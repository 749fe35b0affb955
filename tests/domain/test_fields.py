"""Fields of a site's own: one form for a value, whoever wrote it, and a sentence for what cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.domain.fields import CustomField, FieldKind, FieldValue, read_value
from mailer.errors import Refused

CHOICES = ("Forum", "Bouche à oreille")


def field(kind: FieldKind) -> CustomField:
    return CustomField("one", "Le champ", kind, CHOICES if kind is FieldKind.CHOICE else ())


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (FieldKind.TEXT, "  À voir  ", FieldValue("À voir")),
        (FieldKind.NUMBER, "1 234,50", FieldValue("1234.5", 1234.5)),
        (FieldKind.NUMBER, "-0,0", FieldValue("0", 0.0)),
        (FieldKind.NUMBER, "1e3", FieldValue("1000", 1000.0)),
        (FieldKind.DATE, "03/04/2022", FieldValue("2022-04-03")),
        (FieldKind.DATE, "2022-04-03", FieldValue("2022-04-03")),
        (FieldKind.DATE, "2022-04", FieldValue("2022-04")),
        (FieldKind.BOOLEAN, "Oui", FieldValue("true")),
        (FieldKind.BOOLEAN, "non", FieldValue("false")),
        (FieldKind.CHOICE, "BOUCHE A OREILLE", FieldValue("Bouche à oreille")),
    ],
)
def test_a_value_has_one_form(kind: FieldKind, written: str, value: FieldValue) -> None:
    assert read_value(field(kind), written) == value


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (FieldKind.TEXT, "x" * 2001),
        (FieldKind.NUMBER, "NaN"),
        (FieldKind.NUMBER, "9" * 16),
        (FieldKind.DATE, "31/02/2022"),
        (FieldKind.DATE, "2022-13"),
        (FieldKind.BOOLEAN, "peut-être"),
        (FieldKind.CHOICE, "Radio"),
    ],
)
def test_what_it_cannot_hold_is_refused(kind: FieldKind, written: str) -> None:
    with pytest.raises(Refused):
        read_value(field(kind), written)


@given(st.sampled_from(FieldKind), st.text(max_size=30))
def test_reading_what_was_read_changes_nothing(kind: FieldKind, written: str) -> None:
    try:
        once = read_value(field(kind), written)
    except Refused:
        return
    if once.text:
        assert read_value(field(kind), once.text) == once
