"""« No such domain » is asked of the name servers before it is believed: whoever errs there loses all its readers."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from mailer.app import App
from mailer.domain.bounces.domains import DomainState, questions, state_of
from mailer.domain.bounces.verdicts import Kind, Verdict
from mailer.domain.bounces.wording import Cause
from mailer.domain.domains import is_reserved
from mailer.transport.dns import Resolver


class Names:
    """What the name servers say, for as long as one run takes: each domain is asked about once."""

    def __init__(self, app: App, resolver: Resolver | None = None) -> None:
        """`resolver`: whom to ask in place of the system's, which are not asked about names for examples."""
        self._asks = app.config.bounces.ask_dns
        self._resolver = resolver
        self._states: dict[str, DomainState] = {}
        self._is_offline = False

    def confirm(self, verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
        """The verdicts, those about domains as the DNS bears them out; without an answer they stay, unconfirmed."""
        return tuple(self._confirmed(one) for one in verdicts)

    def _confirmed(self, verdict: Verdict) -> Verdict:
        domain = verdict.recipient.rpartition("@")[2].lower()
        if verdict.cause is not Cause.NO_DOMAIN or verdict.kind is not Kind.HARD or not domain:
            return verdict
        match self._state(domain):
            case DomainState.ALIVE:
                # Whoever said so could not ask, that day.
                return replace(verdict, kind=Kind.SOFT, cause=Cause.NETWORK)
            case DomainState.GONE:
                return replace(verdict, confirmed=True)
            case DomainState.UNTOLD:
                return verdict

    def _state(self, domain: str) -> DomainState:
        if domain not in self._states:
            self._states[domain] = self._ask(domain)
        return self._states[domain]

    def _ask(self, domain: str) -> DomainState:
        known_to_nobody = self._resolver is None and is_reserved(domain)
        if not self._asks or self._is_offline or known_to_nobody:
            return DomainState.UNTOLD
        state = state_of(domain, asyncio.run((self._resolver or Resolver()).ask_all(questions(domain))))
        # Where nobody answers, a thousand messages would each wait for nobody.
        self._is_offline = state is DomainState.UNTOLD
        return state
