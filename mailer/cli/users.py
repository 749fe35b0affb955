"""`mailer user …`: who has keys to the desk."""

from typing import Annotated

import typer
from rich.table import Table

from mailer.cli.options import JsonOption, read_day
from mailer.cli.terminal import terminal
from mailer.domain.accounts import Role
from mailer.language import N_, day
from mailer.services import accounts
from mailer.services.accounts import Account, Invited

commands = typer.Typer(help="Invite people to the desk, and see who has keys to it.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As colleagues know them, like « Ana Lima ».")]

LINK = N_("{name} chooses a password here, until {until}: {link}")
MAILED = N_("The link leaves by mail too, with the next letters that the sender sends.")


@commands.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do: docs/fr/bureau.md says what each role is for.")],
    address: Annotated[str, typer.Option("--email", help="Where the link is mailed to.")] = "",
    until: Annotated[str, typer.Option(help="The last day of the account, like 2027-01-31.")] = "",
    json: JsonOption = False,
) -> None:
    """Make an account, and print the link by which its owner chooses a password."""
    terminal.json = json
    with terminal.open() as app:
        last = read_day(until) if until else None
        _say(accounts.add(app, name, role, terminal.now(), email=address, until=last))


@commands.command("list")
def list_(json: JsonOption = False) -> None:
    """Who has an account, what they may do and until when."""
    terminal.json = json
    with terminal.open() as app:
        found = accounts.every(app)
    table = Table(box=None, pad_edge=False)
    for heading in (N_("name"), N_("role"), N_("last day"), N_("state")):
        table.add_column(terminal.text(heading))
    for one in found:
        table.add_row(one.name, terminal.text(one.role), str(one.until or ""), terminal.text(_state(one)))
    terminal.show(table)
    keys = ("name", "email", "role", "until", "ended_at")
    terminal.result({"users": [{key: getattr(one, key) for key in keys} for one in found]})


@commands.command()
def end(name: Name, json: JsonOption = False) -> None:
    """End an account: its owner is logged out at once. What they did stays written down."""
    terminal.json = json
    with terminal.open() as app:
        ended = accounts.end(app, name, terminal.now())
    terminal.say(N_("{name} has no key to the desk any more."), name=ended.name)
    terminal.result({"name": ended.name})


@commands.command()
def reset(
    name: Name,
    code: Annotated[bool, typer.Option("--code", help="Forget their telephone too: it was lost.")] = False,
    json: JsonOption = False,
) -> None:
    """Print a new link to a new password; the old one opens nothing any more."""
    terminal.json = json
    with terminal.open() as app:
        _say(accounts.reset(app, name, terminal.now(), code=code))


def _say(invited: Invited) -> None:
    last = day(terminal.language, invited.until.astimezone(terminal.zone).date())
    terminal.say(LINK, name=invited.name, until=last, link=invited.link)
    if invited.mailed:
        terminal.say(MAILED)
    terminal.result({"name": invited.name, "link": invited.link, "until": invited.until})


def _state(one: Account) -> str:
    if one.ended_at is not None:
        return N_("ended")
    return N_("in use") if one.has_password else N_("invited")
