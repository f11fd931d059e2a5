"""Cut a large CFONB 120 file between its statements, or between the movements of one.

Nothing in it is counted or added up. A statement that is taken apart has its old balance (01) in
front of some of its movements and its new balance (07) behind them.
"""

import re
from collections.abc import Iterator, Sequence

import polars as pl

from tasks.extract.cutting import Body, Kind, Part, Shape, Unit, ending, of_lines
from tasks.extract.large import Uncuttable
from tasks.extract.scan import first_match, last_match

_BORDER = re.compile(rb"\n07[^\n]*\n\s*(?=01)")
_MOVEMENT = re.compile(rb"\n04")
_END = re.compile(rb"\n07")


class _Cfonb(Shape):
    """The statements of a file."""

    def units(self, level: int, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """From an old balance behind a new one to the next."""
        del level
        return ending(self.file, _BORDER, start, stop)

    def opened(self, level: int, start: int, stop: int) -> Unit:
        """Old balance, movements, new balance; pieces of statements are not taken apart."""
        del level
        first = first_match(self.file, _MOVEMENT, start, stop)
        last = last_match(self.file, _END, start, stop)
        is_whole = self.file.part(start, start + 2) == b"01" and last is not None
        if not is_whole or first is None or last is None or last[0] < first[0]:
            raise Uncuttable(f"the statement that begins at byte {start} is not whole")
        balances = (start, last[0] + 1)
        if any(not self.file.part(at + 16, at + 19).strip() for at in balances):
            raise Uncuttable("its balances are in the currency of its movements")
        if first_match(self.file, _END, first[0], last[0]):
            raise Uncuttable("pieces of statements stand in it")
        return Unit(start, first[0] + 1, last[0] + 1, stop)

    def boundary(self, data: bytes, at: int) -> int | None:
        """A movement begins with its line."""
        found = _MOVEMENT.search(data, max(0, at - 1))
        return found.start() + 1 if found else None

    def around(self, body: Body) -> tuple[Sequence[Part], Sequence[Part]]:
        """Old and new balance of a statement in pieces."""
        if body.kind is Kind.RUN:
            return (), ()
        unit = body.above[0]
        return ((unit.start, unit.first),), ((unit.last, unit.stop),)

    def check(
        self, body: Body, statements: pl.DataFrame, rows: pl.DataFrame, findings: pl.DataFrame
    ) -> None:
        """A statement in pieces must be one."""
        del rows, findings
        if body.kind is not Kind.RUN and statements.height != 1:
            raise Uncuttable("a part of a statement is taken for several")


volumes = of_lines(_Cfonb)
