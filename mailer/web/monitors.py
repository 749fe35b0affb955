"""What watches over the installation: /healthz and /metrics. Details for this machine or a token only."""

import hmac

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from mailer.language import say_problem
from mailer.services import monitoring
from mailer.services.monitoring import Figures
from mailer.web.front import AtFront, Front
from mailer.web.troubles import SHORTLY

router = APIRouter()

FRESH = {"Cache-Control": "no-store"}
LOOPBACK = ("127.0.0.1", "::1")
# A proxy on this machine has a loopback address too; it says for whom it asks.
SAYS_FOR_WHOM = ("x-forwarded-for", "forwarded", "x-real-ip")


@router.api_route("/healthz", methods=["GET", "HEAD"])
def health(request: Request, front: AtFront) -> Response:
    """200 while all is well, 503 otherwise; what is wrong only for those who may know."""
    found = monitoring.troubles(front.app, front.clock())
    if not found:
        return PlainTextResponse("ok\n", headers=FRESH)
    told = [say_problem(front.app.config.language, one) for one in found] if _may_know(request, front) else []
    return PlainTextResponse("\n".join(["not ok", *told, ""]), 503, headers=FRESH | SHORTLY)


@router.api_route("/metrics", methods=["GET", "HEAD"])
def metrics(request: Request, front: AtFront) -> Response:
    """The figures as Prometheus reads them. Raises StoreError, which is a 503."""
    if not _may_know(request, front):
        raise HTTPException(404)
    registry = CollectorRegistry()
    registry.register(_Told(monitoring.figures(front.app)))
    return Response(generate_latest(registry), headers=FRESH | {"Content-Type": "text/plain; version=0.0.4"})


class _Told:
    """The figures of one moment, as Prometheus' library collects them."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> list[Metric]:
        """Every figure."""
        gauges = self._figures.gauges
        per_issue = GaugeMetricFamily(
            "mailer_issue_deliveries", "Letters of issues not finished", labels=("issue", "state")
        )
        for (issue, state), count in sorted(gauges.unfinished.items()):
            per_issue.add_metric((issue, state), count)
        totals = GaugeMetricFamily("mailer_deliveries", "All letters, by state", labels=("state",))
        for state, count in sorted(gauges.totals.items()):
            totals.add_metric((state,), count)
        alerts = GaugeMetricFamily("mailer_alerts_open", "Alerts that a person must look at", labels=("kind",))
        for kind, count in sorted(gauges.alerts.items()):
            alerts.add_metric((kind,), count)
        return [per_issue, totals, alerts, *self._moments()]

    def _moments(self) -> list[Metric]:
        told = self._figures
        single = {
            "mailer_database_bytes": ("Size of the database", told.gauges.size),
            "mailer_oldest_due_timestamp_seconds": (
                "When the letter that waits longest was due",
                told.gauges.oldest_due,
            ),
            "mailer_last_tick_timestamp_seconds": ("When the clock of this machine ticked last", told.last_tick),
            "mailer_last_backup_timestamp_seconds": ("When a backup was made here last", told.last_backup),
        }
        return [
            GaugeMetricFamily(name, words, value=value if isinstance(value, int) else value.timestamp())
            for name, (words, value) in single.items()
            if value is not None
        ]


def _may_know(request: Request, front: Front) -> bool:
    """This machine itself, or whoever shows the token."""
    wanted = front.app.config.metrics.token.get_secret_value()
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    if wanted and hmac.compare_digest(shown.encode(), wanted.encode()):
        return True
    peer = request.client.host if request.client else ""
    return peer in LOOPBACK and not any(name in request.headers for name in SAYS_FOR_WHOM)
