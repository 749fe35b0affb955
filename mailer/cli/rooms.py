"""Which module serves which command; it is imported when the command is asked for, and not before.

A sender imports neither what compiles letters nor the web: some 30 MB, and half a second for every command.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

ROOMS = {
    "init": "founding",
    "issue": "issues",
    "contacts": "contacts",
    "structures": "structures",
    "duplicates": "duplicates",
    "register": "registers",
    "lists": "lists",
    "audience": "audiences",
    "report": "reports",
    "archive": "archives",
    "templates": "templates",
    "bounces": "bounces",
    "schedule": "planning",
    "check": "sites",
    "demo": "sites",
    "tick": "running",
    "send": "sending",
    "worker": "running",
    "serve": "serving",
    "backup": "safekeeping",
    "restore": "safekeeping",
    "upgrade": "safekeeping",
    "user": "users",
    "bench": "bench",
    "agents": "agents",
}
"""In the order of the help."""


class Rooms(TyperGroup):
    """The commands, each found in its module. A module with a group of commands names it `commands`."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature of typer's own
        """Every command, without importing one."""
        return list(ROOMS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - as above
        """The command of that name; None where there is none."""
        if cmd_name not in ROOMS:
            return None
        room = import_module(f"mailer.cli.{ROOMS[cmd_name]}")
        if hasattr(room, "commands"):
            room.commands.rich_markup_mode = None
            group = typer.main.get_group(room.commands)
            group.name = cmd_name
            return group
        alone = typer.Typer(rich_markup_mode=None)
        alone.callback()(_nothing)
        room.add_to(alone)
        return typer.main.get_group(alone).commands[cmd_name]


def _nothing() -> None:
    """Makes a group even of one command."""
