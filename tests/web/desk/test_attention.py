"""What a person decides and looks after: unknown letters, alerts, returns, health, what is set, the register."""

import re

import pytest

from mailer.domain.accounts import Role
from mailer.domain.addresses import read_address
from mailer.domain.people import SuppressionReason
from mailer.services import publishing
from mailer.services.returns.alarms import STORM_OF_DOMAIN
from mailer.store import alerts, deliveries, outcomes, people
from tests.sites import release, subscribe
from tests.web.desk.conftest import Desk

ANNE = "anne@orange.example"
PAGES = {
    "/desk/deliveries/": {Role.SENDER, Role.ADMIN},
    "/desk/alerts/": set(Role),
    "/desk/returns/": {Role.EDITOR, Role.SENDER, Role.ADMIN},
    "/desk/returns/to-phone.csv": {Role.EDITOR, Role.SENDER, Role.ADMIN},
    "/desk/health": {Role.SENDER, Role.ADMIN},
    "/desk/settings/installation": {Role.SENDER, Role.ADMIN},
    "/desk/settings/register": {Role.SENDER, Role.ADMIN},
    "/desk/settings/register/page": {Role.SENDER, Role.ADMIN},
    "/desk/settings/keeping": {Role.SENDER, Role.ADMIN},
}


@pytest.fixture
def troubled(desk: Desk) -> Desk:
    """One letter unknown, one address suspended, one provider that refuses."""
    subscribe(desk.app, [ANNE, "bruno@free.example"])
    release(desk.app, "lettre/2026-03", desk.clock())
    with desk.app.database.transaction() as tx:
        row = deliveries.claim(tx, "gone", 1, 60, desk.clock())[0]
        outcomes.mark_leaving(tx, "gone", [row.delivery_id], desk.clock())
        deliveries.recover(tx, ["gone"])
        number = people.address_of(tx, desk.app.keyring.fingerprint(read_address(ANNE).canonical))
        assert number is not None
        people.suppress(tx, number, SuppressionReason.SUSPENDED, desk.clock())
        values = {"domain": "lavoir.example", "count": 3, "hours": 6, "words": "blocked"}
        alerts.raise_alert(tx, "domain lavoir.example", STORM_OF_DOMAIN, values, desk.clock())
    return desk


def test_each_role_sees_its_pages_and_no_other(troubled: Desk) -> None:
    for role in Role:
        client = troubled.client(role)
        for path, allowed in PAGES.items():
            assert client.get(path).status_code == (200 if role in allowed else 403), (role, path)


def test_unknown_letters_are_decided_once_and_for_the_number_that_was_seen(troubled: Desk) -> None:
    client = troubled.client(Role.SENDER)
    page = client.get("/desk/deliveries/").text
    assert "compter 1 lettre comme envoyée" in page
    path, press = "/desk/deliveries/lettre/2026-03", re.findall(r'name="press" value="([^"]+)"', page)[0]
    refused = client.post(path, data={"press": "other", "count": "7", "as": "sent"})
    assert refused.status_code == 409
    assert "pas celui que vous avez vu" in refused.text
    form = {"press": press, "count": "1", "as": "sent"}
    assert client.post(path, data=form).status_code == 303
    assert client.post(path, data=form).status_code == 303
    assert publishing.show(troubled.app, "lettre/2026-03").deliveries["sent"] == 1
    assert "Rien à décider" in client.get("/desk/deliveries/").text


def test_an_address_is_tried_again_with_a_reason(troubled: Desk) -> None:
    client = troubled.client(Role.EDITOR)
    assert ANNE in client.get("/desk/returns/to-phone.csv").text
    assert "1 adresse est suspendue" in client.get("/desk/").text
    path = "/desk/returns/retry"
    assert client.post(path, data={"press": "a", "address": ANNE, "why": " "}).status_code == 409
    assert client.post(path, data={"press": "b", "address": "personne", "why": "x"}).status_code == 409
    assert client.post(path, data={"press": "c", "address": ANNE, "why": "elle a téléphoné"}).status_code == 303
    assert "À notre connaissance" in client.get("/desk/returns/").text.replace("à notre", "À notre")


def test_a_provider_is_let_go_and_the_alert_is_over(troubled: Desk) -> None:
    form = {"press": "a", "provider": "lavoir.example"}
    assert "mailer bounces" not in troubled.client().get("/desk/alerts/").text
    assert troubled.client(Role.EDITOR).post("/desk/returns/resume", data=form).status_code == 403
    assert troubled.client(Role.SENDER).post("/desk/returns/resume", data=form).status_code == 303
    assert "Tout est calme" in troubled.client().get("/desk/alerts/").text
    assert troubled.client().post("/desk/returns/resume", data={"press": "b", "provider": "x"}).status_code == 409


def test_the_register_is_kept_as_a_file(desk: Desk) -> None:
    answer = desk.client().get("/desk/settings/register/page?keep=1")
    assert "attachment" in answer.headers["content-disposition"]
