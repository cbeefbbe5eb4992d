"""Fit a table into the width of a terminal without breaking words or numbers over lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions
from rich.text import Text

from doge_datagen.safe_text import one_line

GAP = 2
NARROWEST = 8  # cells of a column of text


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: the heading.
        number: whether it holds numbers, which are aligned to the right and never cut.
        spare: 0 for a required column; others are left out if there is no room, the highest number first.
        whole: whether its text is never cut; the terminal wraps what is too long.
    """

    name: str
    number: bool = False
    spare: int = 0
    whole: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line(self.name))


@dataclass(frozen=True, slots=True)
class Fitted:
    r"""A table that adapts to the terminal: if narrow, spare columns are left out and text is cut with an ellipsis.

    Attributes:
        columns: from left to right.
        rows: the text of each cell, by row.
        spread: whether to print one field per line if there is no room.

    >>> table = Fitted((Column('event'), Column('count', number=True)), [['open_loan_screen', '42'], ['login', '7']])
    >>> print(*table.lines(80), sep='\n')
    event             count
    open_loan_screen     42
    login                 7
    >>> print(*table.lines(20), sep='\n')
    event          count
    open_loan_sc…     42
    login              7
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    spread: bool = False

    def __post_init__(self) -> None:
        # Before anything is measured: an escape sequence takes more room once it is made visible.
        object.__setattr__(self, "rows", [[one_line(text) for text in row] for row in self.rows])

    def lines(self, width: int) -> list[str]:
        """The heading and the rows as lines, within a width in cells if possible."""
        shown = list(range(len(self.columns)))
        if self.spread and _width(self._widths(shown)) > width:
            return list(self._spread())
        for spare in sorted((it for it in shown if self.columns[it].spare), key=lambda it: -self.columns[it].spare):
            if _width(self._widths(shown)) > width:
                shown.remove(spare)
        widths = self._cut(shown, width)
        heading = [column.name for column in self.columns]
        return [self._line(row, shown, widths) for row in (heading, *self.rows)]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines for rich; print with ``crop=False``, or rich cuts them."""
        lines = self.lines(options.max_width)
        headed = len(lines) == 1 + len(self.rows)
        for number, line in enumerate(lines):
            style = "bold" if headed and not number else ""
            yield Text(line, style, no_wrap=True, overflow="ignore")

    def _widths(self, shown: Sequence[int]) -> list[int]:
        return [max(cell_len(it) for it in (self.columns[at].name, *(row[at] for row in self.rows))) for at in shown]

    def _cut(self, shown: Sequence[int], width: int) -> list[int]:
        """The widths of the columns; the widest text columns are cut first."""
        widths = self._widths(shown)
        texts = [number for number, at in enumerate(shown) if not (self.columns[at].number or self.columns[at].whole)]
        while texts and _width(widths) > width:
            widest = max(texts, key=lambda it: widths[it])
            if widths[widest] <= NARROWEST:
                break
            # Cell by cell, so that columns of the same width shrink alike.
            widths[widest] -= 1
        return widths

    def _line(self, row: Sequence[str], shown: Sequence[int], widths: Sequence[int]) -> str:
        cells = []
        for at, width in zip(shown, widths, strict=True):
            # In cells of the terminal, of which some characters take two and others none.
            short = row[at] if cell_len(row[at]) <= width else f"{set_cell_size(row[at], width - 1)}…"
            room = " " * (width - cell_len(short))
            cells.append(room + short if self.columns[at].number else short + room)
        return (" " * GAP).join(cells).rstrip()

    def _spread(self) -> Iterator[str]:
        """Yield one line per field, with an empty line between rows."""
        named = max(cell_len(column.name) for column in self.columns)
        for number, row in enumerate(self.rows):
            yield from [""] if number else []
            for column, value in zip(self.columns, row, strict=True):
                yield f"{set_cell_size(column.name, named)}  {value}".rstrip()


def _width(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * max(len(widths) - 1, 0)
