"""« Importer »: a file chosen, what it is shown and corrected, what would come of it, the import, its undoing."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from mailer.app.drafts import readable_sources
from mailer.content.contacts import NO_NAMES_OF_COLUMNS
from mailer.domain.accounts import Action
from mailer.domain.meanings import MEANT, Meaning
from mailer.domain.people import Basis
from mailer.errors import MailerError, NotFound, Refused
from mailer.language import N_, number
from mailer.services import people
from mailer.services.people import Examination, ImportReport
from mailer.web.desk.entry import AtDesk, Desk
from mailer.web.desk.import_forms import Said, meaning_of, read_said
from mailer.web.desk.wording import plain_words
from mailer.web.forms import LARGEST_TABLE, Posted, PostedColumns, PostedTable, one_word

router = APIRouter(prefix="/contacts/import")

LATEST = 10
MOST_TOLD = 30
CHOOSE_A_FILE = N_("Choose a file first: CSV, xlsx or ods, with a column of addresses.")
TOO_LARGE = N_("This file has more than {most} MB. Nothing was imported. Save only the table of contacts, as CSV.")
NO_REPORT = N_("There is no report yet: press « See what would happen » first.")
IMPORTED = N_(
    "{rows} rows read: {ready} contacts ready, {merged} duplicates merged, {suppressed} oppositions respected, "
    "{to_check} to check, {refused} refused. Nothing was sent."
)
REHEARSAL = N_(
    "{rows} rows would give: {ready} contacts ready, {merged} duplicates merged, {suppressed} oppositions respected, "
    "{to_check} to check, {refused} refused. Nothing is changed yet."
)
UNDONE = N_(
    "Import {batch} was taken back: {contacts} contacts, {subscriptions} subscriptions and {doubts} rows to check "
    "went; {skipped} letters that waited for them will not leave. Who left since stays out."
)
BASES = {
    Basis.INFORMED: N_("they know us, were told, and may refuse"),
    Basis.MEMBERSHIP: N_("they are members"),
    Basis.CONSENT: N_("they asked for it, and we can prove it"),
}


@dataclass(frozen=True)
class Examined:
    """A file as its page shows it: what it is, or why nobody can tell yet."""

    file_name: str
    sheets: list[str]
    found: Examination | None
    sentences: list[str]
    nameless: bool
    """Its columns must be named."""


@router.get("/")
def choose(desk: AtDesk) -> Response:
    """A file to choose, and the last ones."""
    desk.need(Action.PEOPLE)
    return _choose(desk)


@router.post("/")
def bring(form: PostedTable, desk: AtDesk) -> Response:
    """The file is kept aside; nothing of it is in yet."""
    desk.need(Action.PEOPLE)
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename or not file.size:
        return _choose(desk, 422, CHOOSE_A_FILE)
    if file.size > LARGEST_TABLE:
        return _choose(desk, 413, TOO_LARGE, most=LARGEST_TABLE // 1024**2)
    key = people.keep(desk.app, file.filename, file.file, desk.now)
    return desk.go(f"/desk/contacts/import/{key}")


@router.post("/undo/{batch}")
def undo(batch: int, form: Posted, desk: AtDesk) -> Response:
    """An import is taken back as a whole."""
    desk.need(Action.PEOPLE)
    if not desk.first_press(form):
        return desk.again("/desk/contacts/import/")
    undone = people.undo(desk.app, batch, desk.now)
    desk.note("import_undone", str(batch))
    counts = {name: number(desk.app.config.language, count) for name, count in vars(undone).items()}
    return desk.go("/desk/contacts/import/", UNDONE, batch=batch, **counts)


@router.get("/{key}")
def look(key: str, desk: AtDesk) -> Response:
    """What the file is, as far as it was recognised."""
    desk.need(Action.PEOPLE)
    return _look(desk, key, Said())


@router.get("/{key}/report")
def report(key: str, desk: AtDesk) -> Response:
    """What would become of each row, as a table."""
    desk.need(Action.PEOPLE)
    path = people.report_of(desk.app, key)
    if not path.is_file():
        raise NotFound(NO_REPORT)
    return FileResponse(path, media_type="text/csv", filename="import.csv", headers={"Cache-Control": "no-store"})


@router.post("/{key}")
def go_on(key: str, form: PostedColumns, desk: AtDesk) -> Response:
    """Corrected and shown again; rehearsed; imported, once; or let go."""
    desk.need(Action.PEOPLE)
    said, action = read_said(form), one_word(form, "action")
    if action == "apply" and not desk.first_press(form):
        return desk.again("/desk/contacts/import/")
    try:
        match action:
            case "rehearse":
                return _rehearse(desk, key, said)
            case "apply":
                return _apply(desk, key, said)
            case "drop":
                people.let_go(desk.app, key)
                return desk.go("/desk/contacts/import/")
    except NotFound:
        raise
    except MailerError as error:
        return _look(desk, key, said, desk.told(error))
    return _look(desk, key, said)


def _rehearse(desk: Desk, key: str, said: Said) -> Response:
    done = _import(desk, key, said, dry_run=True)
    language = desk.app.config.language
    told = [
        (kind, row.sheet, row.line, plain_words(language, row.sentence, row.values))
        for kind, rows in (("refused", done.refused), ("doubtful", done.doubtful), ("noted", done.noted))
        for row in rows[:MOST_TOLD]
    ]
    return desk.page(
        "import_rehearsed",
        key=key,
        said=said,
        file_name=people.kept(desk.app, key).name,
        report=done,
        sentence=desk.pages.said(REHEARSAL, _counts(desk, done)),
        told=told,
        list_title=_lists(desk).get(said.list_slug, ""),
    )


def _apply(desk: Desk, key: str, said: Said) -> Response:
    done = _import(desk, key, said, dry_run=False)
    people.let_go(desk.app, key)
    desk.note("imported", str(done.batch))
    return desk.go("/desk/contacts/import/", IMPORTED, **_counts(desk, done))


def _import(desk: Desk, key: str, said: Said, *, dry_run: bool) -> ImportReport:
    path, table = people.kept(desk.app, key), people.report_of(desk.app, key) if dry_run else None
    if said.oppositions:
        return people.import_oppositions(desk.app, path, desk.now, dry_run=dry_run, read_as=said.read_as, table=table)
    return people.import_contacts(
        desk.app,
        path,
        desk.now,
        list_slug=said.list_slug or None,
        basis=said.basis,
        dry_run=dry_run,
        read_as=said.read_as,
        table=table,
    )


def _look(desk: Desk, key: str, said: Said, sentences: list[str] | None = None) -> Response:
    examined = _examine(desk, key, said)
    return desk.page(
        "import_look",
        422 if sentences or examined.sentences else 200,
        key=key,
        said=said,
        examined=examined,
        sentences=[*(sentences or []), *(one for one in examined.sentences if one not in (sentences or []))],
        meanings=_meanings(desk),
        meaning_of=meaning_of,
        meant=MEANT,
        lists=_lists(desk),
        bases=BASES,
        has_payers=_has_payers(examined),
    )


def _has_payers(examined: Examined) -> bool:
    tables = examined.found.tables if examined.found else ()
    return any(one.meaning is Meaning.PAYER_ADDRESS for table in tables for one in table.columns)


def _examine(desk: Desk, key: str, said: Said) -> Examined:
    path = people.kept(desk.app, key)
    sheets: list[str] = []
    try:
        sheets = people.sheets_of(desk.app, key)
        found = people.examine(desk.app, path, said.read_as)
    except Refused as refused:
        nameless = refused.sentence == NO_NAMES_OF_COLUMNS or bool(said.read_as.columns)
        return Examined(path.name, sheets, None, desk.told(refused), nameless)
    return Examined(path.name, sheets, found, [], bool(said.read_as.columns))


def _choose(desk: Desk, status: int = 200, sentence: str = "", **holes: object) -> Response:
    sentences = [desk.pages.said(sentence, holes)] if sentence else []
    return desk.page(
        "import", status, batches=people.latest(desk.app, LATEST), lists=_lists(desk), sentences=sentences,
        to_check=people.count_to_check(desk.app),
    )  # fmt: skip


def _meanings(desk: Desk) -> dict[str, str]:
    """What a column may be said to be; in words."""
    left_out = (Meaning.CUSTOM, Meaning.UNKNOWN, Meaning.PHONE)
    plain: Mapping[str, str] = {one.value: desk.pages.said(MEANT[one]) for one in Meaning if one not in left_out}
    own = {f"custom:{name}": field.label for name, field in desk.app.config.contacts.fields.items()}
    return {**plain, **own}


def _lists(desk: Desk) -> dict[str, str]:
    """Those that somebody can be put on: what holds everyone by rule needs no file."""
    return {slug: one.title for slug, one in readable_sources(desk.app).lists.items() if not one.everyone}


def _counts(desk: Desk, report: ImportReport) -> dict[str, str]:
    counts = {name: getattr(report, name) for name in ("rows", "ready", "merged", "suppressed", "to_check")}
    language = desk.app.config.language
    return {name: number(language, count) for name, count in (*counts.items(), ("refused", report.refusals))}
