"""« Santé » and what is set here: read only, and without a secret."""

import platform
import shutil

from fastapi import APIRouter
from starlette.responses import Response

from mailer.domain.accounts import Action
from mailer.services import monitoring, rights
from mailer.web.desk.entry import AtDesk

router = APIRouter()


@router.get("/health")
def show_health(desk: AtDesk) -> Response:
    """How the installation is, in plain words."""
    desk.need(Action.INSTALLATION)
    told = [desk.plain(one.sentence, one.values) for one in monitoring.troubles(desk.app, desk.now)]
    figures = monitoring.figures(desk.app)
    return desk.page(
        "health",
        troubles=told,
        figures=figures,
        late=monitoring.is_backup_late(figures.last_backup, desk.now),
        free=shutil.disk_usage(desk.app.site).free // 1_000_000_000,
        size=figures.gauges.size // 1_000_000,
        returns_read=monitoring.last_returns(desk.app),
        mailbox=desk.app.config.bounces.mailbox.host,
        versions=(monitoring.program_version(), platform.python_version()),
        alerts=sum(figures.gauges.alerts.values()),
    )


@router.get("/settings/installation")
def show_installation(desk: AtDesk) -> Response:
    """What config.toml says."""
    desk.need(Action.INSTALLATION)
    config = desk.app.config
    relays = [(name, config.relay(name)) for name in config.relay_names]
    sealed = bool(config.backup.passphrase.get_secret_value())
    database = "PostgreSQL" if config.database.url.startswith("postgres") else "SQLite"
    return desk.page("installation", config=config, relays=relays, sealed=sealed, database=database)


@router.get("/settings/register")
def show_register(desk: AtDesk) -> Response:
    """The register, in a frame, and to keep."""
    desk.need(Action.INSTALLATION)
    return desk.page("register")


@router.get("/settings/register/page")
def register_page(desk: AtDesk, keep: bool = False) -> Response:
    """The sheet alone."""
    desk.need(Action.INSTALLATION)
    answer = desk.letter(rights.register_page(desk.app, desk.now))
    if keep:
        answer.headers["Content-Disposition"] = f'attachment; filename="registre-{desk.today.isoformat()}.html"'
    return answer


@router.get("/settings/keeping")
def show_keeping(desk: AtDesk) -> Response:
    """Who would be asked, who was, until when."""
    desk.need(Action.INSTALLATION)
    days = rights.asked_days(desk.app)
    return desk.page(
        "keeping", wanted=desk.app.config.retention, foreseen=rights.foresee(desk.app, desk.now), days=days
    )
