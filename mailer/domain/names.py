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


def parted(name: str) -> tuple[str, str]:
    """First and last name of « DUPONT-LAJOIE Marie Hélène », where capitals tell them apart; else two empty texts."""
    if " " not in name:
        return "", ""
    words = name.split()
    capitals = [word.isupper() and len(word) > 1 for word in words]
    if not any(capitals) or all(capitals):
        return "", ""
    turn = capitals.index(False) if capitals[0] else capitals.index(True)
    if any(one is capitals[0] for one in capitals[turn:]):
        return "", ""
    head, tail = " ".join(words[:turn]), " ".join(words[turn:])
    return (tail, head) if capitals[0] else (head, tail)


def in_order(name: str) -> str:
    """The name with the first names first, where capitals tell them apart; else as it is."""
    first, last = parted(name)
    return f"{first} {last}" if first else name


def same_person(one: str, other: str) -> bool:
    """Whether two folded names at one address may be one person's: all words of the shorter are in the longer."""
    ours, theirs = one.split(), other.split()
    shorter, longer = (ours, theirs) if len(ours) <= len(theirs) else (theirs, ours)
    return all(any(_same_word(word, known) for known in longer) for word in shorter)


def _same_word(one: str, other: str) -> bool:
    """An initial stands for the word that it begins."""
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])
