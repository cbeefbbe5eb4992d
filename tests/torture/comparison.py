"""What every place has, compared record by record with what an unbroken run has."""

from collections import Counter
from collections.abc import Sequence

from tests.torture.destinations import DESTINATIONS, Destination, Where
from tests.torture.rows import Row, uninterrupted

SHOWN = 3


def differences(where: Where, destinations: Sequence[Destination] = DESTINATIONS, *, ticks: int) -> list[str]:
    """Everything that is not as it is after an unbroken run, in lines for a person; none where all is well.

    Args:
        where: the run's places.
        places: those that it had.
        ticks: where each has to stand.
    """
    reported = [line for place in destinations for line in of_place(place, where)]
    positions = {place.stream: place.ticks(where) for place in destinations}
    if set(positions.values()) != {ticks}:
        reported.append(f"positions are {positions}, not all {ticks}")
    return reported


def of_place(place: Destination, where: Where) -> list[str]:
    """What is wrong with the records of one destination."""
    found, asked = place.in_order(place.records(where)), place.in_order(uninterrupted()[place.stream])
    if found == asked:
        return []
    reported = [
        *several("missing", Counter(asked) - Counter(found)),
        *several("too many", Counter(found) - Counter(asked)),
    ]
    return [f"{place.stream}: {line}" for line in reported or [disorder(found, asked)]]


def several(what: str, records: Counter[Row]) -> list[str]:
    """How many there are, and the first of them."""
    if not records:
        return []
    first = sorted(records, key=lambda row: (row[1], row[0]))[:SHOWN]
    return [f"{records.total():,} {what}, at first {', '.join(map(str, first))}"]


def disorder(found: Sequence[Row], asked: Sequence[Row]) -> str:
    """Where the first record stands that is not in its order."""
    at = next(number for number, (one, other) in enumerate(zip(found, asked, strict=True)) if one != other)
    return f"out of order at record {at:,}: {found[at]} instead of {asked[at]}"
