"""What somebody noted about a contact: that they died, that they want no letter. Decides for nobody: it is shown."""

import re

from mailer.content.columns import plain
from mailer.language import N_

DIED = N_('the file says "{remark}": this person died. Nothing is sent.')
REFUSES = N_('the file says "{remark}": this may mean no letter at all. Nothing is sent until you decide.')
NOT_WANTED = N_('the column of subscriptions says "{remark}", so this person did not ask for the letter.')
UNCLEAR = N_('the column of subscriptions says "{remark}": does that mean yes or no?')

YES = frozenset(
    {
        "oui", "o", "x", "yes", "y", "vrai", "true", "ok", "abonne", "abonnee", "inscrit", "inscrite", "actif",
        "active", "subscribed",
    }
)  # fmt: skip
NO = frozenset(
    {
        "non", "n", "no", "faux", "false", "desinscrit", "desinscrite", "desabonne", "desabonnee", "refus",
        "refuse", "inactif", "unsubscribed", "",
    }
)  # fmt: skip

HINT = re.compile(
    r"(?i)[†✝]|d[ée]c[ée]|dispar|\bfeu|\bne |\bplus|stop|d[ée]s|retirer|supprim|\bsuit|\bmail|oppos|rgpd|refus"
)
"""Of what follows, at a glance: most cells hold nothing of the kind."""
DEATH = re.compile(r"†|✝|\bdecede|\bdeces\b|\bdisparue?\b|\bfeue?\b")
REFUSAL = re.compile(
    r"ne (?:plus|pas|veut|souhaite)|plus (?:ecrire|contacter|envoyer|de mails?)|stop\b|desinscri|desabon|a retirer|"
    r"a supprimer|ne suit plus|pas de mail|opposition|rgpd|refus"
)


def doubt_about(remark: str) -> str | None:
    """The sentence for a remark that may forbid writing; None for any other."""
    if not HINT.search(remark):
        return None
    folded = f"{'†' if set(remark) & {'†', '✝'} else ''}{plain(remark)}"
    if DEATH.search(folded):
        return DIED
    return REFUSES if REFUSAL.search(folded) else None


def refuses(remark: str) -> str | None:
    """The sentence for words that forbid writing, in a column of anything; None for any other."""
    return REFUSES if HINT.search(remark) and REFUSAL.search(plain(remark)) else None


def doubt_about_wish(wish: str) -> str | None:
    """The sentence for a cell of « Newsletter »: only a plain yes lets letters leave; an empty one is no consent."""
    if wish.strip() in ("1", "✓", "✔", "☑"):
        return None
    if wish.strip() == "0":
        return NOT_WANTED
    word = plain(wish)
    if word in YES:
        return None
    return NOT_WANTED if word in NO else UNCLEAR
