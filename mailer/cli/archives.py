"""`mailer archive …`: issues of before this program, brought into the archive of a letter."""

from pathlib import Path
from typing import Annotated

import typer

from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.language import N_, day, say_problem
from mailer.services import archiving
from mailer.services.archiving import OldArchiveReport

commands = typer.Typer(help="Bring old issues into the archive.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    """Keeps `import` a word of its own, though it is the only one."""


@commands.command("import")
def import_(
    list_slug: Annotated[str, typer.Argument(metavar="LIST", help="The letter that they were issues of.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="HTML files, with their images beside them.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, keep nothing.")] = False,
    json: JsonOption = False,
) -> None:
    """Old issues from HTML files, made harmless, as past issues of a letter. The same folder twice changes nothing."""
    terminal.json = json
    with terminal.open() as app:
        report = archiving.import_old_archive(app, list_slug, folder, terminal.now(), dry_run=dry_run)
    _tell(report)
    terminal.result(
        {
            "new": [page.slug for page in report.new],
            "changed": [page.slug for page in report.changed],
            "unchanged": [page.slug for page in report.unchanged],
            "refused": [{"file": one.path, "sentence": say_problem("en", one)} for one in report.problems],
            "dropped_images": {page.file: page.dropped for page in (*report.new, *report.changed) if page.dropped},
            "dry_run": report.dry_run,
        }
    )
    if report.problems and not (report.new or report.changed or report.unchanged):
        raise typer.Exit(1)


def _tell(report: OldArchiveReport) -> None:
    for page in (*report.new, *report.changed):
        when = day(terminal.language, page.day, "d MMMM y")
        terminal.say(N_("{file}: {subject}, {day}"), file=page.file, subject=page.subject, day=when)
        for image in page.dropped:
            terminal.say(N_("  left out, not beside the file: the image {image}"), image=image)
    for problem in report.problems:
        terminal.line(say_problem(terminal.language, problem))
    said = N_("{new} new, {changed} changed, {unchanged} as before, {refused} refused.")
    terminal.say(
        said,
        new=len(report.new),
        changed=len(report.changed),
        unchanged=len(report.unchanged),
        refused=len(report.problems),
    )
    if report.dry_run:
        terminal.say(N_("This was a dry run: nothing was kept."))
