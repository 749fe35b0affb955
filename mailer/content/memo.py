"""What a cell means, worked out once for each spelling: the cells of a large file repeat themselves."""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from mailer.domain.cells import Remark
from mailer.domain.incoming import Detail

MOST = 50_000
"""Spellings that are remembered of a column; some megabytes."""


class Odd(NamedTuple):
    """What a cell means, where there is something to say of it."""

    value: Any
    notes: tuple[Remark, ...] = ()
    doubt: Remark | None = None
    """Why a person must look before anyone is written to."""
    more: tuple[Detail, ...] = ()


class Memo(dict[Any, Any]):
    """`memo[cell]` is what `judge` makes of it: a plain value, or an `Odd` one."""

    def __init__(self, judge: Callable[[Any], Any]) -> None:
        super().__init__()
        self._judge = judge

    def __missing__(self, cell: Hashable) -> Any:
        if len(self) >= MOST:
            self.clear()
        got = self[cell] = self._judge(cell)
        return got
