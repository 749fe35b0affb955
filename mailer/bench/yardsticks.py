"""What the sender is measured against, on the same receiver and in the same run. Nothing here sends for real."""

import asyncio
import sqlite3
import subprocess
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from time import perf_counter

import aiosmtplib
from jinja2 import Environment

LOOPBACK = "127.0.0.1"
SMTP_SOURCE = Path("/usr/sbin/smtp-source")


def smtp_source(port: int, size: int, connections: int, letters: int) -> float:
    """Letters a second of Postfix's own load generator, its connections kept; 0 where it is not installed."""
    if not SMTP_SOURCE.exists():
        return 0.0
    command = [
        str(SMTP_SOURCE),
        "-d",
        "-s",
        str(connections),
        "-m",
        str(letters),
        "-l",
        str(size),
        f"{LOOPBACK}:{port}",
    ]
    started = perf_counter()
    subprocess.run(command, check=True)  # noqa: S603 - fixed words, loopback
    return letters / (perf_counter() - started)


@dataclass
class Naive:
    """A sender as one writes it first: a template and an EmailMessage for each reader, a commit after each letter."""

    html: str
    text: str
    port: int

    def rate(self, folder: Path, letters: int, connections: int) -> float:
        """Letters a second."""
        html = Environment(autoescape=True).from_string(self.html)
        text = Environment(autoescape=True).from_string(self.text)
        database = sqlite3.connect(folder / "naive.db")
        database.execute("CREATE TABLE IF NOT EXISTS sent (number INTEGER PRIMARY KEY)")
        waiting = iter(range(letters))

        async def send() -> None:
            async with aiosmtplib.SMTP(hostname=LOOPBACK, port=self.port, use_tls=False, start_tls=False) as client:
                for number in waiting:
                    message = EmailMessage()
                    message["From"], message["To"] = "lettre@association.example", f"lecteur.{number}@ex.example"
                    message["Subject"] = "La lettre de septembre"
                    message.set_content(text.render(name=f"Lectrice {number}", number=number))
                    message.add_alternative(html.render(name=f"Lectrice {number}", number=number), subtype="html")
                    await client.send_message(message)
                    with database:
                        database.execute("INSERT OR REPLACE INTO sent VALUES (?)", (number,))

        async def all_of_them() -> None:
            await asyncio.gather(*(send() for _ in range(connections)))

        started = perf_counter()
        asyncio.run(all_of_them())
        database.close()
        return letters / (perf_counter() - started)
