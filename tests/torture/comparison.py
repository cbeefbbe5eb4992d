"""Compares the contents of every destination, record by record, with an uninterrupted run."""

from collections import Counter
from collections.abc import Sequence

from tests.torture.destinations import DESTINATIONS, Destination, Workspace
from tests.torture.rows import Row, uninterrupted

SHOWN = 3


def differences(workspace: Workspace, destinations: Sequence[Destination] = DESTINATIONS, *, ticks: int) -> list[str]:
    """Every difference from an uninterrupted run, one readable line each; empty if there is none.

    Args:
        workspace: of the run.
        destinations: of the run.
        ticks: expected position of each destination.
    """
    lines = [line for destination in destinations for line in record_differences(destination, workspace)]
    positions = {destination.stream: destination.ticks(workspace) for destination in destinations}
    if set(positions.values()) != {ticks}:
        lines.append(f"positions are {positions}, not all {ticks}")
    return lines


def record_differences(destination: Destination, workspace: Workspace) -> list[str]:
    """Differences in the records of one destination."""
    actual = destination.in_order(destination.records(workspace))
    expected = destination.in_order(uninterrupted()[destination.stream])
    if actual == expected:
        return []
    lines = [
        *count_and_first("missing", Counter(expected) - Counter(actual)),
        *count_and_first("unexpected", Counter(actual) - Counter(expected)),
    ]
    return [f"{destination.stream}: {line}" for line in lines or [first_out_of_order(actual, expected)]]


def count_and_first(problem: str, records: Counter[Row]) -> list[str]:
    """The number of records with a problem, and the first of them; empty if there are none."""
    if not records:
        return []
    first = sorted(records, key=lambda row: (row[1], row[0]))[:SHOWN]
    return [f"{records.total():,} {problem}, starting with {', '.join(map(str, first))}"]


def first_out_of_order(actual: Sequence[Row], expected: Sequence[Row]) -> str:
    """The first record that is out of order."""
    at = next(number for number, (one, other) in enumerate(zip(actual, expected, strict=True)) if one != other)
    return f"out of order at record {at:,}: {actual[at]} instead of {expected[at]}"
