"""The table of faults lists each fault of each sink type, with existing tests."""

import ast
import re

import pytest

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "reference" / "faults.md"
SECTION = re.compile(r"^## (?P<sink>.+)$", re.MULTILINE)
TEST = re.compile(r"`(?P<file>tests/[\w/]+\.py)::(?P<name>\w+)`")

PROCESS = ("process killed (-9)", "Ctrl-C, SIGTERM or SIGHUP", "second Ctrl-C")
SERVER = (
    "no server at the start",
    "server lost during the run, and back",
    "server away for longer than patience",
    "server that does not answer",
    "credentials wrong at the start",
    "credentials changed during the run",
)
VALUE = "record too large, or value out of range"
EVERYWHERE = ("disk full", "permission denied", VALUE, "two runs of one name", *PROCESS)
TABLE = ("table dropped during the run", "column missing or of another type")
LOST, AHEAD = "position deleted", "records dated ahead of the broker's clock"
HELD, GONE = "file held by another process", "file moved, removed or replaced during the run"
FAULTS = {
    "Files": {*EVERYWHERE, HELD, GONE, LOST},
    "PostgreSQL": {*EVERYWHERE, *SERVER, *TABLE, LOST},
    "DuckDB": {*EVERYWHERE, *TABLE, HELD, GONE, LOST},
    "SQLite": {*EVERYWHERE, *TABLE, HELD, GONE, LOST},
    "Kafka": {
        *EVERYWHERE,
        *SERVER,
        "topic deleted during the run",
        "topic missing, and not to be created",
        LOST,
        AHEAD,
    },
    "Kafka with Avro": {
        "no registry at the start",
        "registry that does not answer",
        "registry away during the run",
        VALUE,
    },
    "Console": {"disk full", "reader gone", *PROCESS},
}


def rows():
    """The cells of each line of the table, by sink type."""
    _, *parts = SECTION.split(PAGE.read_text())
    return {sink: list(map(cells, lines(text))) for sink, text in zip(parts[::2], parts[1::2], strict=True)}


def lines(text):
    return [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| fault |")]


def cells(line):
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def functions_of(file):
    """The names of the test functions of a file."""
    return {it.name for it in ast.parse((ROOT / file).read_text()).body if isinstance(it, ast.FunctionDef)}


def test_every_sink_type_has_its_table():
    assert list(rows()) == list(FAULTS)


@pytest.mark.parametrize("sink", FAULTS)
def test_no_fault_is_missing_or_reported_twice(sink):
    assert sorted(fault for fault, *_ in rows()[sink]) == sorted(FAULTS[sink])


@pytest.mark.parametrize("sink", FAULTS)
def test_every_fault_has_an_outcome_with_and_without_a_run_id(sink):
    for row in rows()[sink]:
        assert len(row) == 4, row
        assert all(row), row


@pytest.mark.parametrize("sink", FAULTS)
def test_every_fault_names_existing_tests(sink):
    for *_, last in rows()[sink]:
        named = [TEST.fullmatch(it) for it in last.split("<br>")]
        assert all(named), last
        for test in named:
            assert test["name"].startswith("test_")
            assert test["name"] in functions_of(test["file"]), test[0]


def test_every_fault_test_is_on_the_page():
    named = {(test["file"], test["name"]) for test in TEST.finditer(PAGE.read_text())}
    for path in sorted((ROOT / "tests" / "faults").glob("test_*.py")):
        file = path.relative_to(ROOT).as_posix()
        assert {(file, name) for name in functions_of(file) if name.startswith("test_")} <= named
