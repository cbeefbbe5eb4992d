"""Translate functions of time: parts of timestamps, calendar arithmetic, ``elapsed``, and times written as strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence

from doge_datagen.errors import did_you_mean
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import as_integer, convert, source
from doge_datagen.language.parameters import Translator, arguments
from doge_datagen.language.time.units import duration, timestamp
from doge_datagen.language.time.zones import UTC_NAME, Zone, zone_of
from doge_datagen.language.types import ANY_TEXT, DURATION, INTEGER, STRING, TIMESTAMP, Typed, a

CALENDAR = ("year", "month", "day", "weekday", "hour", "minute", "second")
"""The parts of a timestamp, each of which is a function."""
MOMENTS = {
    "floor_to": ("timestamp", "unit"),
    "add_months": ("anchor", "months"),
    "next": ("time", "weekdays", "after"),
}
"""The functions that give another moment, with their parameters besides ``zone``."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_ZONES = 60
"""How many time zones the subjects of a model may have: each is a condition nested in the one before it."""
CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
EXAMPLES = {"floor_to": "timestamp, 1 d", "add_months": "timestamp, 1", "next": "'09:00', weekdays='mon-fri'"}


def _given(node: ast.Call, name: str, parameters: Sequence[str]) -> dict[str, ast.expr]:
    """The parameters; the zone is always given by name."""
    if len(node.args) > len(parameters):
        hint = f"write {name}({', '.join(map(source, node.args[: len(parameters)]))}, zone='Europe/Warsaw')"
        raise ExpressionError(node, f"{name} takes {', '.join(parameters)} and a zone by name. Hint: {hint}")
    return arguments(node, name, [*parameters, "zone"])


def part_of(node: ast.Call, name: str, within: Translator) -> Typed:
    """Translate a part of a timestamp.

    Raises:
        ExpressionError: the parameter is not a timestamp, or the zone is unknown.
    """
    given = _given(node, name, ["timestamp"])
    if "timestamp" not in given:
        raise ExpressionError(node, f"{name} takes a timestamp. Hint: write {name}(timestamp)")
    moment = _timestamp(given["timestamp"], name, within)
    zones = _zones(node, given, within)
    # The common case costs no search for the offset.
    if [zone.name for zone in zones] == [UTC_NAME]:
        return Typed(f"{name}_of(fault, {moment})", INTEGER)
    tables = _tables(zones, ("moments", "offsets"), within)
    return Typed(f"{name}_of(fault, to_local(fault, {moment}, {tables}))", INTEGER)


def moment_of(node: ast.Call, name: str, within: Translator) -> Typed:
    """Translate a function that gives another moment.

    Raises:
        ExpressionError: a parameter is missing, of another type, or invalid.
    """
    given = _given(node, name, MOMENTS[name])
    needed = MOMENTS[name][:1] if name == "next" else MOMENTS[name]
    if any(parameter not in given for parameter in needed):
        raise ExpressionError(node, f"{name} requires {' and '.join(needed)}. Hint: write {name}({EXAMPLES[name]})")
    tables = _tables(_zones(node, given, within), ("moments", "offsets", "walls"), within)
    if name == "next":
        # With a location, since errors in it are shown at the call.
        after = given.get("after") or ast.copy_location(ast.Name("timestamp", ast.Load()), node)
        moment = _timestamp(after, name, within)
        rest = f"{_time(given['time'], within)}, {_weekdays(given.get('weekdays'))}"
        return Typed(f"next_time(fault, {moment}, {rest}, {tables})", TIMESTAMP)
    moment = _timestamp(given[needed[0]], name, within)
    other = given[needed[1]]
    value = within.scalar(other)
    rest = as_integer(other, value) if name == "add_months" else _unit(other, value)
    return Typed(f"{name}(fault, {moment}, {rest}, {tables})", TIMESTAMP)


def _timestamp(node: ast.expr, name: str, within: Translator) -> str:
    value = within.scalar(node)
    if value.kind != TIMESTAMP:
        hint = f"for the time of the event write {name}(timestamp)"
        if name in EXAMPLES:
            hint = f"write {name}({EXAMPLES[name]})"
        raise ExpressionError(node, f"{name} takes a timestamp, not {a(value.kind)}. Hint: {hint}")
    return value.code


def _zones(node: ast.Call, given: dict[str, ast.expr], within: Translator) -> dict[Zone, str]:
    """The zones that a call may be about, each with the condition under which it is, which is empty for the last.

    It is the zone that is given, that of the subject, or that of the model.
    """
    zone = given.get("zone")
    if zone is None and within.scope.zone_attribute:
        zone = ast.copy_location(ast.Name(within.scope.zone_attribute, ast.Load()), node)
    if zone is None:
        return {zone_of(within.scope.zone): ""}
    if isinstance(zone, ast.Constant) and isinstance(zone.value, str):
        return {_zone(zone, zone.value): ""}
    if not isinstance(zone, ast.Name):
        problem = f"{source(zone)} is neither a literal string nor an attribute"
        raise ExpressionError(zone, f"{problem}. Hint: write zone='Europe/Warsaw'")
    return _zones_of_subjects(zone, within)


def _zones_of_subjects(node: ast.Name, within: Translator) -> dict[Zone, str]:
    found = within.scalar(node)
    if found.kind != STRING or ANY_TEXT in found.values:
        raise ExpressionError(node, f"{node.id!r} is {a(found.kind)}, not one of some time zones. Hint: give it values")
    names = sorted(found.values)
    if len(names) > MOST_ZONES:
        raise ExpressionError(node, f"{node.id!r} may be {len(names)} time zones. Hint: use {MOST_ZONES} at most")
    numbers = {it: within.scalar(ast.copy_location(ast.Constant(it), node)).code for it in names}
    return {_zone(node, it): f"{found.code} == {numbers[it]}" if it != names[-1] else "" for it in names}


def _zone(node: ast.expr, name: str) -> Zone:
    try:
        return zone_of(name)
    except ValueError as error:
        raise ExpressionError(node, str(error)) from None


def _tables(zones: Mapping[Zone, str], names: Sequence[str], within: Translator) -> str:
    """The parameters of a function of local time that describe the zone: its rows of these names, and its period."""
    rows = [{zone: within.scope.data.row(getattr(zone, name)) for zone in zones} for name in names]
    return ", ".join(_chosen(zones, it) for it in (*rows, {zone: str(zone.period) for zone in zones}))


def _chosen(zones: Mapping[Zone, str], codes: Mapping[Zone, str]) -> str:
    """The code of the zone whose condition holds."""
    # Zones may share rows, such as the period; then there is nothing to choose.
    if len(set(codes.values())) == 1:
        return next(iter(codes.values()))
    # From the last to the first, as each is nested in the otherwise of the one before it.
    *others, last = zones
    # The last zone needs no condition: the attribute has one of these values.
    found = codes[last]
    for zone in reversed(others):
        found = f"({codes[zone]} if {zones[zone]} else {found})"
    return found


def _unit(node: ast.expr, value: Typed) -> str:
    found = convert(node, value, DURATION)
    if found.constant is not None and not isinstance(found.constant, str) and found.constant <= 0:
        raise ExpressionError(node, f"{source(node)} is not above 0. Hint: give a unit such as 1 d")
    return found.code


def _time(node: ast.expr, within: Translator) -> str:
    """A time of day: a literal string, or a duration since midnight."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return convert(node, within.scalar(node), DURATION).code
    found = CLOCK.fullmatch(node.value)
    if not found:
        problem = f"{node.value!r} is not a time of day"
        raise ExpressionError(node, f"{problem}. Hint: write one such as '09:00', or a duration since midnight")
    hour, minute, second = (int(part or 0) for part in found.groups())
    return str(((hour * 60 + minute) * 60 + second) * 1000)


def _weekdays(node: ast.expr | None) -> int:
    """The weekdays as bits, from Monday on."""
    if node is None:
        return 2**7 - 1
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise ExpressionError(node, f"{source(node)} is not a literal string. Hint: write weekdays='mon-fri'")
    bits = 0
    for part in node.value.split(","):
        first, _, last = (name.strip().lower() for name in part.partition("-"))
        at, end = _weekday(node, first), _weekday(node, last or first)
        # From day to day, as a range may go around the end of the week: sat-mon.
        while True:
            bits |= 1 << at
            if at == end:
                break
            at = (at + 1) % 7
    return bits


def _weekday(node: ast.expr, name: str) -> int:
    if name not in WEEKDAYS:
        hint = did_you_mean(name, WEEKDAYS)
        raise ExpressionError(node, f"{name!r} is not a weekday. Hint: {hint}; ranges are written mon-fri")
    return WEEKDAYS.index(name)


ELAPSED = "elapsed"
PARAMETERS = ("since", "until", "rhythm")


def elapsed(node: ast.Call, name: str, within: Translator) -> Typed:
    """Translate the time that has passed between two moments by the clock of a rhythm.

    Raises:
        ExpressionError: a parameter is missing or of another type, or the rhythm is unknown.
    """
    given = arguments(node, name, PARAMETERS)
    if len(given) < len(PARAMETERS):
        problem = f"{name} takes two timestamps and the name of a rhythm"
        raise ExpressionError(node, f"{problem}. Hint: write {name}(entered, timestamp, office)")
    rhythm = _rhythm(given["rhythm"], within)
    since, until = (_elapsed_moment(given[parameter], name, within) for parameter in PARAMETERS[:2])
    return Typed(f"round_of(fault, elapsed({rhythm}, {since}, {until}))", DURATION)


def _rhythm(node: ast.expr, within: Translator) -> str:
    """The code of a rhythm; its name is not looked up among the attributes."""
    named = node.id if isinstance(node, ast.Name) else node.value if isinstance(node, ast.Constant) else None
    if not isinstance(named, str):
        raise ExpressionError(node, f"{source(node)} is not the name of a rhythm. Hint: give a name such as office")
    if named not in within.scope.rhythms:
        hint = did_you_mean(named, within.scope.rhythms)
        raise ExpressionError(node, f"{named!r} is not a rhythm. Hint: {hint}")
    return within.scope.rhythms[named]


def _elapsed_moment(node: ast.expr, name: str, within: Translator) -> str:
    value = within.scalar(node)
    if value.kind != TIMESTAMP:
        raise ExpressionError(node, f"{name} takes a timestamp, and {source(node)} is {a(value.kind)}")
    return value.code


WRITTEN: dict[str, tuple[Callable[[str], int], str, str]] = {
    "timestamp": (timestamp, TIMESTAMP, "2024-05-06T12:00:00Z"),
    "duration": (duration, INTEGER, "8 h"),
}
"""For each function, the parser of its string, the type of its result, and an example."""


def written(node: ast.Call, name: str, _: Translator) -> Typed:
    """Translate a timestamp or duration that is written as a string.

    Raises:
        ExpressionError: the string is invalid, or not a literal.
    """
    read, kind, example = WRITTEN[name]
    match node:
        case ast.Call(args=[ast.Constant(value=str(text))], keywords=[]):
            try:
                value = read(text)
            except ValueError as error:
                raise ExpressionError(node.args[0], str(error)) from None
            is_integer = kind == INTEGER
            return Typed(f"({value})", kind, constant=value if is_integer else None, is_span=is_integer)
        case _:
            raise ExpressionError(node, f"{name} takes one literal string. Hint: write {name}({example!r})")
