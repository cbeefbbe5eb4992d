"""Find the lines of CSV and JSON Lines files that an error is about; only an error needs them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any

StrPath = str | PathLike[str]
JSON_LINES = (".jsonl", ".ndjson")
KINDS = {bool: "a boolean", int: "a number", float: "a number", str: "a string", dict: "an object", list: "a list"}


def shown_row(file: StrPath | None, row: int) -> str:
    """Where a row of a file, if it is of one, is, counted from 0: at ``products.csv:5``, or in ``row 4``."""
    path = Path(file or "")
    line = line_of_row(path, row)
    return f"row {row + 1}" if line is None else f"{path.name}:{line}"


def shown_rows(file: StrPath | None, first: int, second: int) -> str:
    """Where two rows are."""
    found = [shown_row(file, row) for row in (first, second)]
    return f"rows {first + 1} and {second + 1}" if found[0].startswith("row ") else " and ".join(found)


def line_of_row(path: Path, row: int) -> int | None:
    """The line in which a row begins; None if the file does not have lines."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        # One more for the line of the names.
        return next(islice(_lines_of_records(path), row + 1, None), None)
    return next(islice(_lines_of_objects(path), row, None), None) if suffix in JSON_LINES else None


def _lines_of_records(path: Path) -> Iterator[int]:
    """The line in which each record of a CSV file begins, that of the names included."""
    # newline="" as the csv module asks for: it ends lines itself, also within quotes.
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        reader = csv.reader(opened)
        begins = 1
        try:
            for record in reader:
                if record:
                    yield begins
                # A quoted value may have line breaks, so records are not lines.
                begins = reader.line_num + 1
        except csv.Error:  # a value is longer than this reader accepts
            return


def _lines_of_objects(path: Path) -> Iterator[int]:
    return (number for number, text in _lines(path) if text.startswith(("{", "null")))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that are not empty, with their numbers."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as opened:
        for number, text in enumerate(opened, start=1):
            if stripped := text.strip():
                yield number, stripped


def why_unreadable(path: Path, error: Exception) -> str:
    """What is wrong with a file that cannot be read, with its line if it is a text file."""
    suffix = path.suffix.lower()
    if not isinstance(error, OSError) and suffix in (".csv", *JSON_LINES):
        for line in _lines_that_are_not_utf_8(path):
            return f"{path.name}:{line} is not in UTF-8. Hint: convert the file, as iconv -f latin1 -t utf-8 does"
        for line, problem in _wrong_objects(path) if suffix in JSON_LINES else ():
            return f"{path.name}:{line} {problem}"
    return f"{path.name} cannot be read: {error}. Hint: correct the file"


def _lines_that_are_not_utf_8(path: Path) -> Iterator[int]:
    with path.open("rb") as opened:
        for number, line in enumerate(opened, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                yield number


def _wrong_objects(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a JSON Lines file that are wrong, and what is wrong with them."""
    first: dict[str, tuple[str, int]] = {}
    for number, text in _lines(path):
        try:
            row = json.loads(text, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            hint = "write each row as an object on a line of its own"
            yield number, f"is not JSON: {error.msg}, at column {error.colno}. Hint: {hint}"
            continue
        except ValueError as error:
            yield number, f"is not JSON: {error}. Hint: give a finite number"
            continue
        if not isinstance(row, dict):
            yield number, f'is {_kind(row)}, not an object. Hint: write each row as {{"name": value, ...}}'
            continue
        for name, value in row.items():
            kind = _kind(value)
            before, line = first.setdefault(name, (kind, number)) if value is not None else (kind, number)
            if kind != before:
                yield number, f"has {kind} in {name!r}, and line {line} has {before}. Hint: give values of one type"


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not allowed")


def _kind(value: Any) -> str:
    return KINDS.get(type(value), "null")
