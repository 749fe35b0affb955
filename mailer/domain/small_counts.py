"""Small counts in a table are hidden, so that nobody is recognised in it. Pure; never counts."""

from collections.abc import Mapping
from typing import TypeVar

LEAST_SHOWN = 10
"""A count below this could point at somebody."""

Key = TypeVar("Key")


def hide_small(cells: Mapping[Key, int], *, total_is_shown: bool) -> dict[Key, int | None]:
    """The cells, None in place of those that are not to be shown; nothing stays nothing.

    Where their total is shown too, one hidden cell alone could be worked out from it: then the next smallest is hidden
    with it, and where the hidden ones together are still fewer than ten, another.
    """
    hidden = {key for key, count in cells.items() if 0 < count < LEAST_SHOWN}
    if total_is_shown and hidden:
        for key, _ in sorted(cells.items(), key=lambda cell: cell[1]):
            if len(hidden) > 1 and sum(cells[one] for one in hidden) >= LEAST_SHOWN:
                break
            if cells[key]:
                hidden.add(key)
    return {key: None if key in hidden else count for key, count in cells.items()}
