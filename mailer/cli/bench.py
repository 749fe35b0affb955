"""`mailer bench …`: what this program reaches on this machine, beside a yardstick in the same run."""

from statistics import median
from time import perf_counter
from typing import Annotated

import typer

from mailer.bench.audiences import measure_audiences
from mailer.bench.desk import measure_desk
from mailer.bench.importing import ImportRound, measure_importing
from mailer.bench.receivers import Kind
from mailer.bench.rendering import measure_rendering
from mailer.bench.reporting import measure_reporting
from mailer.bench.sending import Plan, Round, measure_sending
from mailer.bench.tracking import TrackPlan, TrackRound, measure_tracking
from mailer.cli.options import JsonOption
from mailer.cli.terminal import terminal
from mailer.language import N_

commands = typer.Typer(help="Measure this program on this machine.", no_args_is_help=True)

FIGURES = {
    "rate": N_("letters a second"),
    "smtp_source": N_("smtp-source, same receiver"),
    "ratio_smtp_source": N_("ratio to smtp-source"),
    "ratio_naive": N_("ratio to a naive sender"),
    "cpu_s_per_1000": N_("CPU seconds per 1,000 letters"),
    "peak_mb": N_("most memory of a sender, MB"),
    "release_s": N_("seconds to release"),
}
TRACK_FIGURES = {
    "ratio_empty": N_("ratio to the empty application"),
    "ratio_cpu": N_("the same, by processor time"),
    "empty": N_("empty application, answers a second"),
    "pixel": N_("pixels a second, each safe from a kill"),
    "click": N_("clicks a second, each safe from a kill"),
    "p50_ms": N_("median wait at half load, ms"),
    "p99_ms": N_("99 % wait less, at half load, ms"),
    "p99_ms_empty": N_("99 % of the empty application's, at the same pace, ms"),
    "cpu_us_empty": N_("processor time of an empty answer, µs"),
    "cpu_us_pixel": N_("processor time of a pixel, µs"),
    "cpu_us_click": N_("processor time of a click, µs"),
}
IMPORT_FIGURES = {
    "ratio_bare": N_("ratio to the bare upsert"),
    "rows_s": N_("rows a second"),
    "seconds": N_("seconds of the import"),
    "bare_s": N_("seconds of the bare upsert"),
    "peak_mb": N_("most memory of the import, MB"),
    "blocked_ms": N_("longest wait of another writer, ms"),
    "small_s": N_("seconds for 21,000 rows"),
    "undo_s": N_("seconds to take it back"),
}


@commands.callback()
def group() -> None:
    """Measure this program on this machine."""


@commands.command()
def send(
    letters: Annotated[int, typer.Option(min=1, help="Readers of each round.")] = 20_000,
    connections: Annotated[int, typer.Option(min=1, max=100)] = 8,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    receiver: Annotated[Kind, typer.Option(help="own: a lighter one than Postfix's smtp-sink.")] = Kind.SMTP_SINK,
    delay_ms: Annotated[float, typer.Option(min=0, help="Of each reply of the own receiver.")] = 0.0,
    senders: Annotated[int, typer.Option(min=1, help="Processes that send at once.")] = 1,
    database: Annotated[str, typer.Option(help="An empty PostgreSQL database, in place of SQLite.")] = "",
    json: JsonOption = False,
) -> None:
    """Letters a second, every one accounted for, beside Postfix's smtp-source and a naive sender."""

    def heard(one: Round) -> None:
        terminal.say(
            N_("{rate} letters a second; smtp-source {source}"), rate=round(one.rate), source=round(one.source)
        )

    terminal.json = json
    plan = Plan(letters, connections, rounds, receiver, delay_ms, senders, database)
    figures = measure_sending(plan, heard)
    named = figures.named()
    for name, spread in named.items():
        terminal.line(f"{terminal.text(FIGURES[name]):<36} {_shown(spread)}")
    terminal.say(N_("letter: {kb} kB; fdatasync: {ms} ms"), kb=round(figures.letter_kb), ms=round(figures.fsync_ms, 2))
    medians = {name: spread[1] for name, spread in named.items()}
    terminal.result(medians | {"fsync_ms": figures.fsync_ms, "letter_kb": figures.letter_kb, "spread": named})


@commands.command()
def render(
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    json: JsonOption = False,
) -> None:
    """Microseconds to fill one reader's letter, and milliseconds to compile an issue."""
    terminal.json = json
    figures = measure_rendering(rounds, perf_counter)
    terminal.say(
        N_("compiling an issue: {compile} ms; filling one letter of {kb} kB: {fill} µs (tokens included: {whole} µs)"),
        compile=round(median(figures.compile_ms), 1),
        kb=round(figures.letter_kb),
        fill=round(median(figures.fill_us), 1),
        whole=round(median(figures.whole_us), 1),
    )
    terminal.result(vars(figures))


@commands.command()
def track(
    hits: Annotated[int, typer.Option(min=100, help="Of each kind and round.")] = 30_000,
    connections: Annotated[int, typer.Option(min=1, max=1000)] = 64,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    database: Annotated[str, typer.Option(help="An empty PostgreSQL database, in place of SQLite.")] = "",
    json: JsonOption = False,
) -> None:
    """Pixels and clicks a second, each safe from a kill before its answer, beside an empty application."""

    def heard(one: TrackRound) -> None:
        terminal.say(
            N_("{pixel} pixels and {click} clicks a second; empty application {empty}; 99 % within {p99} ms"),
            pixel=round(one.pixel),
            click=round(one.click),
            empty=round(one.empty),
            p99=round(one.p99_ms, 1),
        )

    terminal.json = json
    named = measure_tracking(TrackPlan(hits, connections, rounds, database), heard).named()
    for name, label in TRACK_FIGURES.items():
        terminal.line(f"{terminal.text(label):<44} {_shown(named[name])}")
    terminal.result({name: spread[1] for name, spread in named.items()} | {"spread": named})


@commands.command("import")
def import_(
    rows: Annotated[int, typer.Option(min=100, help="Of the file.")] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    database: Annotated[str, typer.Option(help="An empty PostgreSQL database, in place of SQLite.")] = "",
    json: JsonOption = False,
) -> None:
    """Rows a second of a large contact file with all checks, beside a bare upsert of the same rows."""

    def heard(one: ImportRound) -> None:
        terminal.say(
            N_("{seconds} s, {ratio} times the bare upsert; another writer waited {blocked} ms at most"),
            seconds=round(one.seconds, 1),
            ratio=round(one.ratio_bare, 1),
            blocked=round(one.blocked_ms),
        )

    terminal.json = json
    named = measure_importing(rows, rounds, database, heard).named()
    for name, label in IMPORT_FIGURES.items():
        terminal.line(f"{terminal.text(label):<44} {_shown(named[name])}")
    terminal.result({name: spread[1] for name, spread in named.items()} | {"spread": named})


@commands.command()
def report(
    hits: Annotated[int, typer.Option(min=1, help="Images and links fetched in the year.")] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    database: Annotated[str, typer.Option(help="An empty PostgreSQL database, in place of SQLite.")] = "",
    json: JsonOption = False,
) -> None:
    """Seconds to report a year, from its rows and once its counts are closed."""
    terminal.json = json
    figures = measure_reporting(hits, database, rounds, perf_counter)
    terminal.say(
        N_("{hits} hits of {letters} letters: {open} s from the rows, {close} s to close, {closed} s once closed"),
        hits=figures.hits,
        letters=figures.letters,
        open=round(median(figures.open_s), 2),
        close=round(figures.close_s, 2),
        closed=round(median(figures.closed_s), 3),
    )
    terminal.result(vars(figures))


@commands.command()
def desk(
    contacts: Annotated[int, typer.Option(min=10, help="On the list, each with a year of letters.")] = 21_000,
    rounds: Annotated[int, typer.Option(min=1, help="Answers of each page, after a first one.")] = 15,
    json: JsonOption = False,
) -> None:
    """Milliseconds in which each page of the desk answers, in a year of letters."""
    terminal.json = json
    figures = measure_desk(contacts, rounds, perf_counter)
    spreads = {path: (min(all_ms), median(all_ms), max(all_ms)) for path, all_ms in figures.pages.items()}
    for path, spread in spreads.items():
        terminal.line(f"{path:<44} {_shown(spread)} ms")
    terminal.result({path: spread[1] for path, spread in spreads.items()} | {"spread": spreads})


@commands.command()
def audience(
    contacts: Annotated[int, typer.Option(min=1, help="Contacts in the base.")] = 21_000,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    database: Annotated[str, typer.Option(help="An empty PostgreSQL database, in place of SQLite.")] = "",
    json: JsonOption = False,
) -> None:
    """Milliseconds to count who gets a letter, and to say the reason of every contact."""
    terminal.json = json
    figures = measure_audiences(contacts, database, rounds, perf_counter)
    terminal.say(
        N_(
            "{contacts} contacts: {list} ms for a list by rule, {everyone} ms with everyone; "
            "with reasons {list_reasons} and {everyone_reasons} ms"
        ),
        contacts=figures.contacts,
        list=round(median(figures.list_ms)),
        everyone=round(median(figures.everyone_ms)),
        list_reasons=round(median(figures.list_reasons_ms)),
        everyone_reasons=round(median(figures.everyone_reasons_ms)),
    )
    terminal.result(vars(figures))


def _shown(spread: tuple[float, float, float]) -> str:
    digits = 0 if spread[1] >= 100 else 3 if spread[1] < 0.1 else 2
    return " / ".join(f"{value:.{digits}f}" for value in spread)
