"""Who comes in at the desk, and how."""

from mailer.domain.accounts import Role
from tests.web.desk.conftest import NAMES, PASSWORD, Desk


def test_whoever_is_not_in_is_sent_to_the_login_and_comes_back(desk: Desk) -> None:
    client = desk.client(None)
    sent = client.get("/desk/?a=1")
    assert (sent.status_code, sent.headers["location"]) == (303, "/desk/login?next=/desk/%3Fa%3D1")
    shown = client.get(sent.headers["location"])
    assert 'name="next" value="/desk/?a=1"' in shown.text
    entered = client.post("/desk/login", data={"name": NAMES[Role.EDITOR], "password": PASSWORD, "next": "/desk/?a=1"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/desk/?a=1")
    home = client.get("/desk/")
    assert home.status_code == 200
    assert NAMES[Role.EDITOR] in home.text
    assert "default-src 'self'" in home.headers["content-security-policy"]
