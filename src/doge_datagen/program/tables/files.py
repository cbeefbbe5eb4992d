"""Read the rows of reference tables from files and from Python, as columns of the types that models have."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, feather, ipc, json, parquet

from doge_datagen.errors import did_you_mean, similar_file
from doge_datagen.language.time.units import duration, timestamp
from doge_datagen.language.types import BOOLEAN, DURATION, FLOAT, INTEGER, KINDS, STRING, TIMESTAMP, a
from doge_datagen.model.reference_data import Table
from doge_datagen.model.state_machine import repeated
from doge_datagen.number_format import counted
from doge_datagen.program.tables.text_file_lines import StrPath, shown_row, why_unreadable

Found = TypeVar("Found")
Column = tuple[str, pa.Array]
"""A column: its type, and its values as the numbers, booleans or strings that models calculate with."""
LOOKS = {
    INTEGER: r"^-?(0|[1-9][0-9]{0,17})$",
    FLOAT: r"^[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$",
    BOOLEAN: r"^(true|false|True|False)$",
    TIMESTAMP: r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?Z?)?$",
}
"""By type, what all values of a column in a CSV file look like; ``00123`` and ``+48123`` look like strings."""
LONG_INTEGER = r"^[-+]?(0|[1-9][0-9]*)$"
"""Integers of any length, which are strings if one does not fit 64 bits: as floats, different ones would be equal."""
STORED = {FLOAT: pa.float64(), BOOLEAN: pa.bool_(), STRING: pa.string()}
"""How values are stored; those of the other types as 64-bit integers, times in milliseconds."""
FROM_TEXT: Mapping[str, Callable[[str], int]] = {TIMESTAMP: timestamp, DURATION: duration}
LOSSLESS = {(INTEGER, FLOAT), (INTEGER, STRING), (INTEGER, TIMESTAMP), (INTEGER, DURATION), (BOOLEAN, INTEGER)}
"""Types that values can have, and those that ``types`` can make of them; strings can become all."""


class TableError(Exception):
    """Rows that cannot be read.

    Args:
        part: the key of the table's definition that is wrong, or the path to what is.
        message: what is wrong with it.
        line: the line in an expression; 0 if it is not in one.
        column: the column in it.
    """

    def __init__(self, part: str | tuple[str | int, ...], message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.path: tuple[str | int, ...] = (part,) if isinstance(part, str) else part
        self.line, self.column = line, column


class ColumnsError(Exception):
    """Columns that are wrong: a :class:`TableError` for each, in ``errors``.

    There are none if columns only depend on others that are wrong.
    """

    def __init__(self, errors: Sequence[TableError]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


def columns_of(table: Table) -> dict[str, Column]:
    """The columns of a table.

    Raises:
        TableError: the rows cannot be read.
        ColumnsError: columns are not what the table says.
    """
    read, is_text = _read(table)
    if read.num_rows == 0 or read.num_columns == 0:
        raise TableError(_source(table), "there are no rows. Hint: give at least one")
    names = read.column_names
    twice = [f"there are two columns {name!r}. Hint: rename one" for _, name in repeated(names)]
    _refuse([TableError(_source(table), message) for message in twice])
    found, wrong = _each(names, lambda name: _column(table, name, _whole(read[name]), is_text=is_text))
    unknown = {name: f"{name!r} is not a column. Hint: {did_you_mean(name, names)}" for name in table.types}
    _refuse([*(TableError(("types", name), unknown[name]) for name in table.types if name not in names), *wrong])
    return found


def _refuse(wrong: Sequence[TableError]) -> None:
    if wrong:
        raise ColumnsError(wrong)


def _each(names: Iterable[str], find: Callable[[str], Found]) -> tuple[dict[str, Found], list[TableError]]:
    """What is found for each column, and what is wrong with the others."""
    found: dict[str, Found] = {}
    wrong: list[TableError] = []
    for name in names:
        try:
            found[name] = find(name)
        except TableError as error:
            wrong.append(error)
    return found, wrong


def _whole(values: pa.ChunkedArray) -> pa.Array:
    found = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
    return found.dictionary_decode() if pa.types.is_dictionary(found.type) else found


def _source(table: Table) -> str:
    return "rows" if table.file is None else "file"


def _read(table: Table) -> tuple[pa.Table, bool]:
    """The rows as an Arrow table, and whether they come from a file of strings."""
    if table.file is None:
        return (_of_dictionaries(table.rows) if isinstance(table.rows, tuple) else _of_arrow(table.rows)), False
    path = Path(table.file)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(READERS)
        raise TableError("file", f"{path.name!r} has no known suffix. Hint: name a file that ends with {known}")
    if not path.exists():
        raise TableError("file", f"there is no file {str(path)!r}. Hint: {similar_file(path)}")
    try:
        return reader(path), reader is _csv
    except (OSError, ValueError, pa.ArrowException) as error:
        raise TableError("file", why_unreadable(path, error)) from None


def _of_arrow(rows: Any) -> pa.Table:
    try:
        return pa.table(rows)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise TableError("rows", f"they are no Arrow table: {error}. Hint: give a list of dictionaries") from None


def _of_dictionaries(rows: tuple[Any, ...]) -> pa.Table:
    names = list(rows[0]) if rows and isinstance(rows[0], Mapping) else []
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping) or set(row) != set(names):
            has = f"has {', '.join(map(str, row)) or 'nothing'}" if isinstance(row, Mapping) else "is not a mapping"
            problem = f"row {number + 1} {has}, and the first has {', '.join(map(str, names)) or 'nothing'}"
            raise TableError("rows", f"{problem}. Hint: give every row the same columns")
    found, wrong = _each(names, lambda name: _of_values(str(name), [row[name] for row in rows]))
    _refuse(wrong)
    return pa.table({str(name): values for name, values in found.items()})


def _of_values(name: str, values: list[Any]) -> pa.Array:
    # In YAML and JSON, 1 among floats means 1.0.
    if {type(value) for value in values} == {int, float}:
        values = [float(value) for value in values]
    try:
        return pa.array(values)
    except (OverflowError, pa.ArrowException) as error:
        kinds = [float if type(value) is int else type(value) for value in values]
        odd = next((number for number, kind in enumerate(kinds) if kind is not kinds[0]), None)
        if odd is not None:
            problem = f"{values[odd]!r} is of another type than {values[0]!r} in the first row"
            raise TableError(("rows", odd, name), f"{problem}. Hint: give values of one type") from None
        raise TableError("rows", f"column {name!r}: {error}. Hint: give values of one type") from None


def _csv(path: Path) -> pa.Table:
    """A CSV file whose first line has the names; all values are strings."""
    wrong: list[csv.InvalidRow] = []

    def skip(row: csv.InvalidRow) -> str:
        wrong.append(row)
        return "skip"

    parsing = csv.ParseOptions(invalid_row_handler=skip, newlines_in_values=True)
    with csv.open_csv(path, parse_options=parsing) as opened:
        names = opened.schema.names
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise TableError("file", f"{path.name} has one column, {names[0]!r}. Hint: separate columns by commas")
    # Opening reads a first block, whose wrong rows would be reported twice.
    wrong.clear()
    reading = csv.ReadOptions(use_threads=False)  # only so are invalid rows numbered
    # All as strings: Arrow's own guess reads 00123 as a number, and NA as missing.
    converting = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    found = csv.read_csv(path, reading, parsing, converting)
    for row in wrong:
        at = shown_row(path, row.number - 2)  # the first record, which is number 1, has the names
        problem = f"{at} has {counted(row.actual_columns, 'value')}, not {row.expected_columns}"
        raise TableError("file", f"{problem}: {row.text!r}. Hint: correct this line")
    return found


def _arrow(path: Path) -> pa.Table:
    """An Arrow file, or a stream in Arrow's streaming format."""
    with pa.OSFile(str(path)) as opened:
        # The magic bytes of Arrow's IPC file format (ARROW1), and of Feather version 1. A stream has none.
        if opened.read(4) in (b"ARRO", b"FEA1"):
            return feather.read_table(path)
        opened.seek(0)
        try:
            return ipc.open_stream(opened).read_all()
        except pa.ArrowInvalid:
            raise ValueError("it is neither an Arrow file nor a stream in Arrow's format") from None


READERS: Mapping[str, Callable[[Path], pa.Table]] = {
    ".csv": _csv,
    ".jsonl": json.read_json,
    ".ndjson": json.read_json,
    ".parquet": parquet.read_table,
    ".arrow": _arrow,
    ".feather": _arrow,
}
"""What reads a file, by the suffix of its name."""


def _column(table: Table, name: str, values: pa.Array, *, is_text: bool) -> Column:
    """A column with its type: the one that the table says, or the one that its values have."""
    wanted = table.types.get(name)
    if wanted is not None and wanted not in KINDS:
        raise TableError(("types", name), f"{wanted!r} is not a type. Hint: {did_you_mean(wanted, KINDS)}")
    _check_complete(table, name, values, is_text=is_text and wanted != STRING)
    if is_text:
        wanted = wanted or _looks_like(values)
    try:
        found = _kind_of(values.type)
        plain = _plain(values, found)
        if found == STRING:
            return (wanted or found), _converted_strings(table.file, plain, wanted or found)
        return (wanted or found), _converted(plain, found, wanted or found)
    except (ValueError, pa.ArrowException) as error:
        problem = f"column {name!r} cannot be {a(wanted)}: {error}" if wanted else f"column {name!r}: {error}"
        at = ("types", name) if name in table.types else _source(table)
        raise TableError(at, problem if ". Hint:" in problem else f"{problem}. Hint: convert it") from None


def _check_complete(table: Table, name: str, values: pa.Array, *, is_text: bool) -> None:
    """Check that every row has a value in a column."""
    is_float = pa.types.is_floating(values.type)
    # In a CSV file an empty value and none at all are the same.
    is_missing = pc.equal(values, "") if is_text else values.is_null(nan_is_null=is_float)
    first = is_missing.index(True).as_py()
    if first >= 0:
        hint = "fill it, or give the column the type string" if is_text else "fill it"
        raise TableError(
            _source(table), f"{shown_row(table.file, first)} has no value in column {name!r}. Hint: {hint}"
        )


def _looks_like(values: pa.Array) -> str:
    found = next((kind for kind, look in LOOKS.items() if _all_look(values, look)), STRING)
    if found != FLOAT or not _all_look(values, LONG_INTEGER):
        return found
    try:
        values.cast(pa.int64())
    except pa.ArrowInvalid:
        return STRING
    return INTEGER


def _all_look(values: pa.Array, look: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(values, look)).as_py())


def _kind_of(kind: pa.DataType) -> str:
    of = pa.types
    checks: Mapping[str, tuple[Callable[[pa.DataType], bool], ...]] = {
        INTEGER: (of.is_integer,),
        FLOAT: (of.is_floating, of.is_decimal),
        BOOLEAN: (of.is_boolean,),
        STRING: (of.is_string, of.is_large_string, of.is_string_view),
        TIMESTAMP: (of.is_timestamp, of.is_date),
        DURATION: (of.is_duration,),
    }
    for name, tests in checks.items():
        if any(test(kind) for test in tests):
            return name
    raise ValueError(f"models have no type for {kind}")


def _plain(values: pa.Array, kind: str) -> pa.Array:
    """The values as models calculate with them."""
    if kind == TIMESTAMP:
        return values.cast(pa.timestamp("ms")).cast(pa.int64())
    if kind == DURATION:
        return values.cast(pa.duration("ms")).cast(pa.int64())
    found = values.cast(STORED.get(kind, pa.int64()))
    # Models have no infinity and no nan, which no comparison and few sinks handle alike.
    if kind == FLOAT and not pc.all(pc.is_finite(found)).as_py():
        raise ValueError("it contains infinity")
    return found


def _converted_strings(file: StrPath | None, values: pa.Array, wanted: str) -> pa.Array:
    """The values of strings; the error names the first row that has none of the type."""

    def fails(rows: int) -> bool:
        return _problem_of_strings(values[:rows], wanted) is not None

    try:
        return _converted(values, STRING, wanted)
    except (ValueError, pa.ArrowException):
        # The fewest rows that fail end with the first wrong one.
        row = bisect_left(range(1, len(values)), x=True, key=fails)
        raise ValueError(f"{shown_row(file, row)}: {_problem_of_strings(values[row : row + 1], wanted)}") from None


def _problem_of_strings(values: pa.Array, wanted: str) -> str | None:
    try:
        _converted(values, STRING, wanted)
    except pa.ArrowException:
        return f"{values[0].as_py()!r} is not {a(wanted)}. Hint: correct it"
    except ValueError as error:
        return str(error)
    return None


def _converted(values: pa.Array, found: str, wanted: str) -> pa.Array:
    if found == wanted:
        return values
    if found == STRING and wanted in FROM_TEXT:
        # Parsed once for each different string, as columns of dates repeat themselves.
        known = values.unique()
        return pa.array([FROM_TEXT[wanted](it) for it in known.to_pylist()], pa.int64()).take(
            pc.index_in(values, value_set=known)
        )
    if found != STRING and (found, wanted) not in LOSSLESS:
        raise ValueError(f"it has {found}s")
    return _plain(values.cast(STORED.get(wanted, pa.int64())), wanted if wanted == FLOAT else INTEGER)
