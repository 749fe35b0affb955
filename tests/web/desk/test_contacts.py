"""Contacts at the desk: found by half a name, corrected, put into a structure, exported, erased."""

from mailer.domain.accounts import Role
from mailer.domain.people import ContactKind
from mailer.services import contacts
from tests.sites import NOON
from tests.web.desk.conftest import Desk


def test_somebody_is_found_corrected_exported_and_forgotten(desk: Desk) -> None:
    number = contacts.add(desk.app, ContactKind.PERSON, {"name": "Irène Perrin"}, NOON, address="irene@lavoir.example")
    home = contacts.add(desk.app, ContactKind.STRUCTURE, {"name": "Les Amis du Bief"}, NOON)
    client = desk.client(Role.EDITOR)
    assert "Irène Perrin" in client.get("/desk/contacts/?q=irene+per").text
    assert "<html" not in client.get("/desk/contacts/?q=irene", headers={"HX-Request": "true"}).text
    path = f"/desk/contacts/{number}"

    def press(verb: str, **fields: str) -> int:
        return client.post(f"{path}/{verb}", data={"press": f"{verb}-{fields}", **fields}).status_code

    assert press("edit", name="Irène Perrin", postcode="35000", city="Rennes") == 303
    assert press("tag", tag="Conseil d'administration") == 303
    assert press("member", year="2026") == 303
    assert press("join", structure=str(home), role="trésorière") == 303
    page = client.get(path).text
    for words in ("Bretagne", "conseil-d-administration", "2026", "Les Amis du Bief", "trésorière", "Édith Rédac"):
        assert words in page, words
    assert client.get(f"{path}/data.json").json()["about"] == "irene@lavoir.example"
    assert press("erase", typed="irene") == 422
    assert client.get(path).status_code == 200
    assert press("erase", typed="irene@lavoir.example") == 303
    assert client.get(path).status_code == 404


def test_a_mistake_says_what_to_do_and_changes_nothing(desk: Desk) -> None:
    number = contacts.add(desk.app, ContactKind.PERSON, {"name": "<script>alert(1)</script>"}, NOON)
    client = desk.client(Role.EDITOR)
    refused = client.post(f"/desk/contacts/{number}/edit", data={"press": "a", "country": "Lune"})
    assert refused.status_code == 422
    assert "Lune" in refused.text
    assert "<script>alert" not in refused.text
    assert client.post("/desk/contacts/new", data={"press": "b", "name": " "}).status_code == 422
    for form in ({"press": "c", "name": "Ana"}, {"press": "c", "name": "Ana"}):
        assert client.post("/desk/contacts/new", data=form).status_code == 303
    assert len(contacts.find(desk.app, "ana")) == 1
