"""Entry point of the `mailer` command and of `python -m mailer`."""

import sys

from mailer.cli import cli
from mailer.cli.terminal import terminal
from mailer.errors import MailerError


def main() -> None:
    """Runs a command. Exit 0 done, 1 refused with a sentence, 2 usage, 130 interrupted."""
    try:
        cli(prog_name="mailer")
    except MailerError as error:
        terminal.refuse(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
