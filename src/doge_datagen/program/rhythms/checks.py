"""Check the rhythms of a model, and where they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from math import isfinite, prod
from typing import Any

import numpy as np

from doge_datagen.errors import MissingDriverError, Problem, did_you_mean
from doge_datagen.language.time.units import duration
from doge_datagen.language.time.zones import UTC_NAME, Zone, zone_of
from doge_datagen.model.spec import Spec
from doge_datagen.model.timelines import WEEKDAYS, Holidays, Period, Rhythm
from doge_datagen.model.transition import Transition
from doge_datagen.program.rhythms.seasons import countries, edge_of, edges_of, growth_of
from doge_datagen.program.rhythms.week import DAY, NAMES, mean_of_week, point_of_day, weekday_of

Path = tuple[str | int, ...]
# Integrals of a rhythm are doubles: with larger factors, they would no longer tell one millisecond from the next.
LARGEST = 1e6
TOO_LARGE = f"the factor is above {LARGEST:g}. Hint: give factors with a smaller product"
REFUSED = {
    "probability": "a rhythm cannot change a probability per tick. Hint: give the transition a rate instead",
    "weight": "a weight has no time that a rhythm could change. Hint: give the rhythm to the dwell time, such as"
    " {dwell: 8 h, rhythm: office} in states",
    "at": "a moment is where it is. Hint: remove the rhythm, or use after",
}
"""By what makes a transition happen, why it cannot have a rhythm."""


def rhythm_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with a model's rhythms."""
    for name, rhythm in spec.rhythms.items():
        path = ("rhythms", name)
        wrong = list(_is_a(str, path, name) or _is_a(Rhythm, path, rhythm))
        yield from wrong or _of_rhythm(path, rhythm)


def _is_a(kind: type, path: Path, value: object) -> list[Problem]:
    return [] if isinstance(value, kind) else [Problem(path, f"{value!r} is not a {kind.__name__}. Hint: give one")]


def _of_rhythm(path: Path, rhythm: Rhythm) -> Iterator[Problem]:
    wrong = list(chain.from_iterable(check(path, rhythm) for check in CHECKS))
    yield from wrong or [*_overlaps_are_bounded(path, rhythm), *_mean_is_not_zero(path, rhythm)]


def _mean_is_not_zero(path: Path, rhythm: Rhythm) -> Iterator[Problem]:
    # Rates are divided by it.
    if not mean_of_week(rhythm):
        hint = "give some hours and weekdays factors above 0"
        yield Problem(path, f"it is 0 at all times of the week. Hint: {hint}")


def _zone_is_known(path: Path, rhythm: Rhythm) -> Iterator[Problem]:
    try:
        zone_of(rhythm.zone)
    except ValueError as error:
        yield Problem((*path, "zone"), str(error))


def _hours_are_of_a_day(path: Path, rhythm: Rhythm) -> Iterator[Problem]:
    seen: dict[int, str] = {}
    for given, factor in rhythm.hours.items():
        text = str(given)
        here = (*path, "hours", text)
        yield from _factor(here, factor)
        point = None
        try:
            point = point_of_day(text)
        except ValueError as error:
            yield Problem(here, str(error))
        if point in seen:
            yield Problem(here, f"{text!r} is the same as {seen[point]!r}. Hint: remove one")
        elif point is not None:
            seen[point] = text


def _weekdays_are_known(path: Path, rhythm: Rhythm) -> Iterator[Problem]:
    seen: dict[int, str] = {}
    for text, factor in rhythm.weekdays.items():
        here, day = (*path, "weekdays", text), weekday_of(str(text))
        yield from _factor(here, factor)
        if day is None:
            yield Problem(here, f"{text!r} is not a weekday. Hint: {did_you_mean(str(text), (*WEEKDAYS, *NAMES))}")
        elif day in seen:
            yield Problem(here, f"{text!r} is the same as {seen[day]!r}. Hint: remove one")
        else:
            seen[day] = text


def _country_is_known(path: Path, rhythm: Rhythm) -> Iterator[Problem]:
    given, path = rhythm.holidays, (*path, "holidays")
    wrong = given is not None and _is_a(Holidays, path, given)
    if given is None or wrong:
        yield from wrong or ()
        return
    yield from _factor((*path, "factor"), given.factor)
    try:
        known = list(countries())
    except MissingDriverError as missing:
        yield Problem(path, str(missing))
        return
    if given.country not in known:
        hint = did_you_mean(str(given.country).upper(), [code for code in known if len(code) == 2])
        yield Problem((*path, "country"), f"{given.country!r} is not a country with known holidays. Hint: {hint}")


def _growth_is_readable(path: Path, rhythm: Rhythm) -> Iterator[Problem]:
    if rhythm.growth is not None:
        try:
            growth_of(str(rhythm.growth))
        except ValueError as error:
            yield Problem((*path, "growth"), str(error))


def _blend_is_within_a_day(path: Path, rhythm: Rhythm) -> Iterator[Problem]:
    if rhythm.blend is None:
        return
    try:
        length = duration(str(rhythm.blend))
    except ValueError as error:
        yield Problem((*path, "blend"), str(error))
        return
    if not 0 < length <= DAY:
        yield Problem((*path, "blend"), f"{rhythm.blend!r} is not between 0 and a day. Hint: give one such as 6 h")


def _periods_are_in_order(path: Path, rhythm: Rhythm) -> Iterator[Problem]:
    # An unknown zone is reported already; with UTC instead, the periods are checked all the same.
    zone = zone_of(UTC_NAME if list(_zone_is_known(path, rhythm)) else rhythm.zone)
    for number, period in enumerate(rhythm.periods):
        here = (*path, "periods", number)
        yield from _is_a(Period, here, period) or _of_period(here, period, zone)


def _overlaps_are_bounded(path: Path, rhythm: Rhythm) -> Iterator[Problem]:
    """Where periods overlap, their factors multiply."""
    zone = zone_of(rhythm.zone)
    edges = np.array([edges_of(it, zone) for it in rhythm.periods], np.int64).reshape(-1, 2)
    factors = np.array([max(it.ramp or (it.factor or 0,)) for it in rhythm.periods], np.float64)
    held = np.array([it.hold for it in rhythm.periods], np.bool_)
    for number, (begin, _) in enumerate(edges.tolist()):
        # The product only grows where a period begins.
        under_way = (edges[:, 0] <= begin) & (held | (begin < edges[:, 1]))
        if prod(factors[under_way].tolist()) > LARGEST:
            yield Problem((*path, "periods", number), f"with the periods that it overlaps, {TOO_LARGE}")
            return


def _of_period(path: Path, period: Period, zone: Zone) -> Iterator[Problem]:
    yield from _factors_of(path, period)
    edges = []
    for key, edge in (("from", period.start), ("to", period.end)):
        try:
            edges.append(edge_of(str(edge), zone))
        except ValueError as error:
            yield Problem((*path, key), str(error))
    if len(edges) == 2 and edges[0] >= edges[1]:
        problem = f"it ends at {period.end}, which is not after its begin at {period.start}"
        yield Problem((*path, "to"), f"{problem}. Hint: give a later end, which is exclusive")


def _factors_of(path: Path, period: Period) -> Iterator[Problem]:
    if (period.factor is None) == (period.ramp is None):
        yield Problem(path, "it needs either a factor or a ramp. Hint: give one of them, such as factor: 4")
    elif period.ramp is None:
        yield from _factor((*path, "factor"), period.factor)
        if period.hold:
            yield Problem((*path, "hold"), "only a ramp can be held. Hint: give a later end, or a ramp")
    elif not isinstance(period.ramp, tuple) or len(period.ramp) != 2:
        yield Problem((*path, "ramp"), f"{period.ramp!r} is not a pair of factors. Hint: give two, such as [1, 0.5]")
    else:
        for number, factor in enumerate(period.ramp):
            yield from _factor((*path, "ramp", number), factor)


def _factors_of_incidents(path: Path, rhythm: Rhythm) -> Iterator[Problem]:
    wrong = [it for name, factor in rhythm.incidents.items() for it in _factor((*path, "incidents", str(name)), factor)]
    yield from wrong
    # As if all could be under way at once, since most histories are known only in a run.
    if not wrong and prod(max(it, 1) for it in rhythm.incidents.values()) > LARGEST:
        yield Problem((*path, "incidents"), f"while all are under way, {TOO_LARGE}")


def _factor(path: Path, factor: Any) -> Iterator[Problem]:
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not isfinite(factor):
        yield Problem(path, f"{factor!r} is not a factor. Hint: give a number, 0 or more")
    elif factor < 0:
        yield Problem(path, f"{factor!r} is negative. Hint: give 0 or more")
    elif factor > LARGEST:
        yield Problem(path, f"{factor!r} is too large. Hint: give at most {LARGEST:g}")


CHECKS: tuple[Callable[[Path, Rhythm], Iterator[Problem]], ...] = (
    _zone_is_known,
    _hours_are_of_a_day,
    _weekdays_are_known,
    _country_is_known,
    _growth_is_readable,
    _blend_is_within_a_day,
    _periods_are_in_order,
    _factors_of_incidents,
)


def rhythm_uses(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with where a population uses rhythms."""
    for position, transition in enumerate(spec.population.transitions):
        yield from _use(spec, ("transitions", position, "rhythm"), transition)
    for state, name in spec.population.dwell_rhythms.items():
        if state not in spec.population.dwells:
            yield Problem(("states", state), "it has a rhythm but no dwell time. Hint: give both, or neither")
        yield from _is_known(spec, ("states", state, "rhythm"), name)


def _use(spec: Spec, path: Path, transition: Transition) -> Iterator[Problem]:
    if transition.rhythm is None:
        return
    yield from _is_known(spec, path, transition.rhythm)
    refused = next((why for cause, why in REFUSED.items() if cause in transition.causes), None)
    if refused is not None:
        yield Problem(path, refused)


def _is_known(spec: Spec, path: Path, name: object) -> Iterator[Problem]:
    if name not in spec.rhythms:
        yield Problem(path, f"{name!r} is not a rhythm. Hint: {did_you_mean(str(name), spec.rhythms)}")
