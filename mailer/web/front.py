"""What every public page is given: the installation, its pages, the time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from mailer.app import App
from mailer.web.limits import Limits
from mailer.web.pages import Pages


@dataclass(frozen=True)
class Front:
    """The public side of one installation."""

    app: App
    pages: Pages
    clock: Callable[[], datetime]
    limits: Limits = field(default_factory=Limits)


def _front(request: Request) -> Front:
    front = request.app.state.front
    assert isinstance(front, Front)  # noqa: S101 - tells the type checker what `create_pages` put there
    return front


AtFront = Annotated[Front, Depends(_front)]
