"""Mail domains that mean something to whoever reads a contact file: slips of hand, closed providers, lists.

A domain stands here only where the slip is certain to be one: many near misses are real domains, some of them traps.
"""

_MISSPELT = {
    "gmail.com": """
        gmail.fr gmial.com gmai.com gmal.com gmil.com gamil.com gnail.com gmaill.com gmail.co gmail.con
        gmail.cm gmail.om gmailcom gmzil.com gmaik.com gmail.comm gmail.cmo gmali.com gmqil.com g.mail.com
        googlemail.fr
    """,
    "hotmail.fr": """
        hotmial.fr hotmai.fr hotmal.fr hotmil.fr homail.fr hotmaill.fr hormail.fr hotmail.f hotnail.fr
        hotmaik.fr otmail.fr
    """,
    "hotmail.com": """
        hotmial.com hotmai.com hotmal.com hotmil.com homail.com hotmail.co hotmail.con hotmail.cm
        hotmaill.com
    """,
    "outlook.fr": "outlok.fr outloo.fr outlouk.fr oulook.fr outllok.fr outlook.f",
    "outlook.com": "outlok.com outloo.com oulook.com outlook.con outlook.co",
    "orange.fr": """
        orange.f orage.fr ornage.fr oarnge.fr orange.fe orange.rf organge.fr orangr.fr orange.ffr orang.fr
        0range.fr
    """,
    "wanadoo.fr": "wanado.fr wanadou.fr wanadoo.f wandoo.fr wanaddo.fr wannadoo.fr wanadoo.rf wanadooo.fr vanadoo.fr",
    "free.fr": "free.f fre.fr freee.fr ffree.fr free.rf free.fre",
    "laposte.net": """
        laposte.fr lapsote.net lapost.net laposte.ne laposte.com la-poste.net lapposte.net lapsote.fr
        laposte.nt laposte.het
    """,
    "yahoo.fr": "yaho.fr yahoo.rf yahoo.f yahou.fr yhaoo.fr yahooo.fr yhoo.fr tahoo.fr yahoo.ffr",
    "yahoo.com": "yaho.com yahoo.con yahoo.co yhaoo.com yahooo.com",
    "sfr.fr": "sfr.f srf.fr sfr.rf sfrr.fr",
    "neuf.fr": "neuf.f neuf.rf nuef.fr",
    "live.fr": "live.f live.rf lvie.fr liv.fr",
    "icloud.com": "iclod.com icloud.fr icloud.co iclould.com icoud.com",
    "riseup.net": "risup.net riseup.com riseup.ne",
}
_RESERVED = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")


def is_reserved(domain: str) -> bool:
    """Nobody's, so the world's name servers are not asked about it (RFC 2606, RFC 6761)."""
    return domain.endswith(tuple(f".{name}" for name in _RESERVED)) or domain in _RESERVED


MISSPELT = {wrong: right for right, wrongs in _MISSPELT.items() for wrong in wrongs.split()}
"""A domain as it is mistyped, and what was meant."""

MISSPELT_ENDINGS = {
    "con": "com",
    "comm": "com",
    "cmo": "com",
    "ogr": "org",
    "orgg": "org",
    "rf": "fr",
    "ffr": "fr",
    "nett": "net",
}
"""Endings that no domain has."""

CLOSED = frozenset(
    {
        "caramail.com", "caramail.fr", "chez.com", "ifrance.com", "libertysurf.fr", "noos.fr", "tiscali.fr",
        "voila.fr", "worldonline.fr",
    }
)  # fmt: skip
"""Providers that take no letter any more."""

LISTS = frozenset(
    {
        "framagroupes.org", "framalistes.org", "googlegroups.com", "groupes.renater.fr", "groups.io",
        "listes.sud-ptt.org", "lists.riseup.net", "yahoogroupes.fr",
    }
)  # fmt: skip
"""Where an address is many people's."""

DISPOSABLE = frozenset(
    {
        "10minutemail.com", "guerrillamail.com", "jetable.org", "mail-temporaire.fr", "mailinator.com",
        "temp-mail.org", "trashmail.com", "yopmail.com", "yopmail.fr",
    }
)  # fmt: skip
"""Addresses made to be thrown away."""

TWINS = (
    frozenset({"wanadoo.fr", "orange.fr"}),
    frozenset({"neuf.fr", "sfr.fr", "cegetel.net", "club-internet.fr"}),
    frozenset({"gmail.com", "googlemail.com"}),
)
"""Domains of one provider, where the same person may have the same name twice. They still work: never rewritten."""
