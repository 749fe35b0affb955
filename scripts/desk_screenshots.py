"""Draws the desk's main pages with this site's own issues and invented readers, for docs/images and to be looked at.

    python scripts/desk_screenshots.py OUT

Needs the development extras and a Chromium (CHROMIUM names another one than /usr/bin/chromium). Sends to a receiver on
this machine, and nowhere else.
"""

import asyncio
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

from mailer.app import App, open_app
from mailer.demo.receiver import Receiver, receiver_in_thread
from mailer.domain.accounts import Role
from mailer.domain.people import Basis
from mailer.services import accounts, people, publishing, reviewing, sending
from mailer.services.accounts import codes
from mailer.services.sending import Drain
from mailer.web.server import listen, web_in_thread

SITE = Path(__file__).resolve().parent.parent
NOW = datetime(2023, 9, 5, 8, 30, tzinfo=UTC)
SIRENE, SENT = "sirene/2023-09", "klaxon/2023-10"
PAGES = {
    "bureau-a-faire": "/desk/",
    "bureau-numeros": "/desk/issues/",
    "bureau-numero": f"/desk/issues/{SIRENE}",
    "bureau-verifier": f"/desk/issues/{SIRENE}/check",
    "bureau-relire": f"/desk/issues/{SIRENE}/read",
    "bureau-envoi": f"/desk/issues/{SENT}",
    "bureau-reglages": "/desk/settings/",
    "bureau-compte": "/desk/account",
}
TALLEST = 1_900
PHONE = ("bureau-a-faire", "bureau-numero", "bureau-envoi")
"""Drawn on a telephone too, in the dark."""


def main(out: Path) -> None:
    """Every page into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, receiver_in_thread(Receiver(delay_s=0.02)) as relay, listen() as listening:
        site = copy_site(Path(folder) / "site")
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = {"MAILER_PUBLIC_URL": url, "MAILER_SMTP__PORT": str(relay.port)}
        with open_app(site, settings) as app:
            cookie = live_through(app, site)
            with web_in_thread(app, lambda: NOW + timedelta(minutes=20), listening):
                draw(url, cookie, out)


def copy_site(folder: Path) -> Path:
    """This site without what happened to it."""
    folder.mkdir()
    shutil.copy(SITE / "config.toml", folder)
    for part in ("lists", "campaigns"):
        shutil.copytree(SITE / part, folder / part)
    campaign = folder / "campaigns" / "sirene" / "campaign.toml"
    campaign.write_text(campaign.read_text(encoding="utf-8").replace("approvals = 1", "approvals = 1\nreviews = 2"))
    return folder


def live_through(app: App, site: Path) -> str:
    """Readers, readings, a letter on its way; the secret of an administrator's session."""
    for slug, count in (("sirene", 2_480), ("klaxon", 412), ("base", 4_300)):
        rows = (f"{slug}.{at}@orange.example;Lectrice {at}" for at in range(count))
        file = site / f"{slug}.csv"
        file.write_text("email;nom\n" + "\n".join(rows) + "\n", encoding="utf-8")
        given = None if slug == "base" else slug
        people.import_contacts(app, file, NOW, list_slug=given, basis=Basis.CONSENT if given else None, dry_run=False)
    cookie = come_in(app)
    for name, role in (("Bakary Le Goff", Role.SENDER), ("Ana Lima", Role.EDITOR), ("Yann Tessier", Role.REVIEWER)):
        accounts.add(app, name, role, NOW)
    publishing.approve(app, SENT, "Odile Marchenoir", NOW)
    publishing.release(app, SENT, NOW)
    asyncio.run(send_some(app))
    reviewing.say(app, SIRENE, 3, "Yann Tessier", "« Mardi 5 », pas « mardi 6 » ?", NOW)
    reviewing.read(app, SIRENE, "Yann Tessier", NOW)
    return cookie


def come_in(app: App) -> str:
    """Somebody with a telephone."""
    link = accounts.add(app, "Odile Marchenoir", Role.ADMIN, NOW).link
    token = accounts.accept(app, link.rpartition("/")[2], "la sirène chante à midi", "Firefox", NOW)
    visitor = accounts.who_is(app, token, NOW)
    assert visitor is not None  # noqa: S101 - it was opened a line above
    accounts.begin_code(app, visitor)
    visitor = accounts.who_is(app, token, NOW) or visitor
    return accounts.confirm_code(app, visitor, codes.code_at(app, visitor.account, NOW), NOW).session


async def send_some(app: App) -> None:
    """A part of the letters, as if the relay were slow."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.8, stop.set)
    await sending.send_due(app, lambda: NOW, stop, Drain())


def draw(url: str, cookie: str, out: Path) -> None:
    """The pictures."""
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width, scheme, names in ((1280, "light", tuple(PAGES)), (360, "dark", PHONE)):
            size = {"width": width, "height": 800}
            context = browser.new_context(viewport=size, color_scheme=scheme, locale="fr-FR")  # type: ignore[arg-type]  # a word that playwright types as a literal
            context.add_cookies([{"name": "desk", "value": cookie, "url": f"{url}/desk/"}])
            page = context.new_page()
            for name in names:
                # A page about a letter on its way never stops asking.
                page.goto(url + PAGES[name], wait_until="load")
                page.wait_for_timeout(3_000)
                picture = out / f"{name}{'' if width > 360 else '-telephone'}.png"
                page.screenshot(path=picture, full_page=True)
                make_small(picture)
            context.close()
        browser.close()


def make_small(picture: Path) -> None:
    """Few colours and the upper part: what a repository keeps for years."""
    with Image.open(picture) as whole:
        top = whole.convert("RGB").crop((0, 0, whole.width, min(whole.height, TALLEST)))
    top.quantize(64).save(picture, optimize=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
