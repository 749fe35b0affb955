"""Names of people as files write them. Keeps what is written; takes away only what is no part of a name."""

import re

COUPLE = re.compile(
    r"(?i)\b(?:m\.?|mr\.?|monsieur)\s*(?:et|&|/)\s*(?:mme\.?|madame)\b|\b(?:mme\.?|madame)\s*(?:et|&|/)\s*(?:m\.?|mr\.?|monsieur)\b"
)
CIVILITY = re.compile(r"(?i)^(?:mme|mlle|m|mr|mx|monsieur|madame|mademoiselle|dr|pr|me)(?:\.\s*|\s+)(?=\S)")
LONGEST = 300


def is_couple(name: str) -> bool:
    """« M. et Mme Roux »: two people, of whom one may not have asked for anything."""
    return bool(COUPLE.search(name))


def bare_name(name: str) -> str:
    """The name without its civility, at most 300 characters long. Case, particles and missing accents stay."""
    if is_couple(name):
        return name
    return CIVILITY.sub("", name.strip())[:LONGEST].strip()


def in_order(name: str) -> str:
    """« DUPONT-LAJOIE Marie Hélène » with the first names first, where capitals tell them apart; else as it is."""
    if " " not in name:
        return name
    words = name.split()
    capitals = [word.isupper() and len(word) > 1 for word in words]
    if not any(capitals) or all(capitals):
        return name
    turn = capitals.index(False)
    if any(capitals[turn:]):
        return name
    return " ".join(words[turn:] + words[:turn])
