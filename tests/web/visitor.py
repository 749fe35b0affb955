"""A visitor who looks at every answer: no cookie, no server name, the safe headers, whatever was asked."""

import httpx2
import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

HOST = "lettre.collectif.example"
ORIGIN = f"https://{HOST}"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def visitor(web: ASGIApp) -> TestClient:
    """A client that follows no redirect and fails on an answer that no page of ours may give."""
    client = TestClient(web, base_url=ORIGIN, follow_redirects=False, headers={"User-Agent": FIREFOX})
    client.event_hooks = {"response": [look_at]}
    return client


def look_at(response: httpx2.Response) -> None:
    """Fails unless the answer carries what all of ours carry."""
    headers = response.headers
    assert "set-cookie" not in headers
    assert "server" not in headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]


def our_log(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged, without what the visitor's own program logged."""
    return "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
