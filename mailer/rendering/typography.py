"""French typography for running text. Never touches addresses, links, file names; what is right stays as it is."""

import re

NARROW = "\N{NARROW NO-BREAK SPACE}"
WIDE = "\N{NO-BREAK SPACE}"
JOINER = "\N{WORD JOINER}"


def set_text(text: str, language: str) -> str:
    """Running text as it is printed: French spacing where the language is French, inclusive forms kept whole."""
    return "".join(
        part if _UNTOUCHABLE.fullmatch(part) else _keep_whole(_french(part) if language == "fr" else part)
        for part in _UNTOUCHABLE.split(text)
        if part
    )


def plain(text: str) -> str:
    """The words without word joiners, for places where nothing makes links by itself (subjects, anchors)."""
    return text.replace(JOINER, "")


def _french(text: str) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _THOUSANDS.sub(lambda match: match[0].replace(" ", NARROW), text)


def _keep_whole(text: str) -> str:
    """« militant.es » is the name of a Spanish site for a mail application, unless the dot is held on both sides."""
    return _INCLUSIVE.sub(lambda match: match[0].replace(".", f"{JOINER}.{JOINER}"), text)


# A link, a mail address, a host or a file with its path, a version number: printed as written.
_UNTOUCHABLE = re.compile(
    r"((?:[a-z][a-z0-9+.-]*://|www\.|mailto:|tel:)[^\s<>«»]+"
    r"|[^\s<>«»@]+@[^\s<>«»@]+"
    r"|[^\s<>«»]*[\w.-]/[\w./?#=&%~-]*\.[\w./?#=&%~-]+"
    r"|[\w-]+(?:\.[\w-]+)*\.(?:pdf|png|jpe?g|gif|odt|ods|odp|docx?|xlsx?|pptx?|csv|zip|ics|html?|md|txt|mp[34])\b"
    r"|\bv?\d+(?:\.\d+)+(?:\.?[a-z]+\d*)?\b)",
    re.IGNORECASE,
)

# The endings that French house styles add after a full stop.
_ENDINGS = (
    "e|es|s|le|les|ne|nes|te|tes|se|ses|ve|ves|fe|fes|re|res|rice|rices|trice|trices|euse|euses|eure|eures|ère|ères"
    "|ière|ières|ienne|iennes|enne|ennes|elle|elles|esse|esses|ive|ives|ale|ales|che|ches|ère|x|aux|ux|eux|rs|ice|ices"
)
_INCLUSIVE = re.compile(rf"(?<![\w.@/:#-])[^\W\d_]+(?:[’'-][^\W\d_]+)*\.(?:{_ENDINGS})(?:\.s)?(?![\w@/]|[.:-]\w)")

_THOUSANDS = re.compile(r"(?<!\d\s)(?<![\d,.])[1-9]\d{0,2}(?: \d{3})+(?!\d|\s\d)")
_SPACE = rf"[ \t{WIDE}{NARROW}]"
_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=[^\W\d_])'", "’"),
        (r"« *(?=[^\s])", f"«{WIDE}"),
        (r"« +$", f"«{WIDE}"),
        (r"(?<=[^\s«]) *»", f"{WIDE}»"),
        (r"^ +»", f"{WIDE}»"),
        (r" +(?=[;!?])", NARROW),
        (r"(?<=[\w)\]»”’%€…])(?=[;!?]+(?:\s|$|[»)\]]))", NARROW),
        (r" +(?=:(?:\s|$))", WIDE),
        (r"(?<=[^\W\d_]|[)\]»”’])(?=:\s)", WIDE),
        (r"(?<=\d) (?=(?:[%€°]|(?:h|min|km|kg|cm|ko|Mo|Go|euros?)\b))", WIDE),
        (rf"(?<=\d{_SPACE}h) (?=\d\d\b)", WIDE),
        (r"\b([Nn][°ᵒº]|no|p\.|M\.|MM\.|Mme|Mmes|art\.) (?=\d|[A-ZÀ-Ý])", rf"\1{WIDE}"),
    )
)
