"""What a request says of the program that sends it, by a dated list of words. Never reads a file, never asks anyone."""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

MOST_REMEMBERED = 4096


class AgentKind(Enum):
    """What a program that fetches an image or a link is taken for."""

    PERSON = "person"
    PROXY = "proxy"
    """A mailbox provider's, which fetches when its user looks."""
    MACHINE = "machine"


@dataclass(frozen=True)
class AgentList:
    """The words to know programs by; all but `exact` in lower case."""

    dated: date
    sources: tuple[str, ...]
    """Where the words were taken from, by name."""
    exact: tuple[str, ...]
    """Whole names of machines: Apple's privacy proxy says no more than « Mozilla/5.0 », read or not."""
    proxies: tuple[str, ...]
    programs: tuple[str, ...]
    """Mail programs that people read in, whatever else their long names hold."""
    robots: tuple[str, ...]
    not_robots: tuple[str, ...]
    """Words that hold a robot's without being one."""
    _known: dict[str, AgentKind] = field(default_factory=dict, compare=False, repr=False)

    def kind(self, agent: str) -> AgentKind:
        """What it is taken for; nobody at all is a machine."""
        known = self._known.get(agent)
        if known is None:
            if len(self._known) >= MOST_REMEMBERED:
                # Only forged requests have so many names.
                self._known.clear()
            known = self._known[agent] = self._look(agent.strip())
        return known

    def _look(self, agent: str) -> AgentKind:
        folded = agent.casefold()
        if not agent or agent in self.exact:
            return AgentKind.MACHINE
        if _holds(folded, self.proxies):
            return AgentKind.PROXY
        if _holds(folded, self.programs):
            return AgentKind.PERSON
        for word in self.not_robots:
            folded = folded.replace(word, "")
        return AgentKind.MACHINE if _holds(folded, self.robots) else AgentKind.PERSON


def _holds(folded: str, words: tuple[str, ...]) -> bool:
    return any(word in folded for word in words)
