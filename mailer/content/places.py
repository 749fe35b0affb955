"""Where a contact lives, as a file says it, from the cells of postcode, region and country."""

from functools import cache

from mailer.content.judging import tidy
from mailer.content.memo import Odd
from mailer.domain.cells import Remark
from mailer.domain.regions import REGIONS, Place, read_country, read_place
from mailer.domain.search import fold
from mailer.language import N_

NO_PLACE = N_('nobody can tell where the postcode "{written}" lies: the contact is taken without a region.')
NO_REGION = N_('"{written}" is no region: the contact is taken without it.')
NO_COUNTRY = N_('"{written}" is no country that is known here: the contact is taken without it.')


def place(cells: tuple[str, str, str]) -> Place | Odd:
    """A region that the postcode proves wins over one in words."""
    postcode, region, country = map(tidy, cells)
    found = read_place(postcode, country)
    said = _regions().get(fold(region), "")
    if said and not found.region:
        found = Place(found.postcode, found.country, said)
    notes = [
        Remark(sentence, {"written": written})
        for sentence, written, known in (
            (NO_PLACE, postcode, found.region or found.country),
            (NO_REGION, region, said),
            (NO_COUNTRY, country, read_country(country)),
        )
        if written and not known
    ]
    return Odd(found, tuple(notes)) if notes else found


@cache
def _regions() -> dict[str, str]:
    named = {fold(name): code for code, name in REGIONS.items()} | {fold(code): code for code in REGIONS}
    return named | {fold("PACA"): "PAC", fold("Corse"): "COR", fold("Réunion"): "RE"}
