"""The forecast of a model of several populations: a sample of families, and the sums of what feeds the streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import fsum, hypot

from doge_datagen.engine.arriving.spawn_queue import Births
from doge_datagen.engine.interpreted.counted_events import Walked
from doge_datagen.engine.interpreted.single_walk import SingleWalk
from doge_datagen.engine.recording.emission import varying
from doge_datagen.errors import CalculationError
from doge_datagen.forecast.sample import MOST, Integers, Sample, sample_of, walked_subjects
from doge_datagen.forecast.values import HOUR, Amount, ExpectedStream, ExpectedTransition, ExpectedWeek, Forecast
from doge_datagen.model import ENDLESS, Spec
from doge_datagen.model.population_paths import in_population
from doge_datagen.program.fault_messages import fault_of_population
from doge_datagen.program.program import Program


def sample_family(whole: Program, family: Sequence[Program], count: int, cost: float) -> dict[str, Sample]:
    """By name of the population, what the descendants of some roots did; a row of a sample has those of one root.

    Args:
        whole: the model, whose run must have an end.
        family: the programs of the populations, with their warm-up, parents first.
        count: how many roots the run has.
        cost: approximate cost limit, as :func:`~doge_datagen.forecast.sample.sample` takes it.

    Raises:
        CalculationError: an expression cannot be calculated.
    """
    walk = FamilyWalk(whole, family)
    _, complete = walked_subjects(walk, count, cost, MOST)
    return {
        name: sample_of(done, walk.programs[name], of, complete=complete)
        for name, (of, done) in walk.descendants.items()
    }


class FamilyWalk:
    """Walks roots one by one, and after each of them its descendants.

    Args:
        whole: the model.
        family: the programs of the populations, parents first.

    Attributes:
        programs: the program of each population by name.
        descendants: by population what walks its subjects, and for each root what they did together.
    """

    def __init__(self, whole: Program, family: Sequence[Program]) -> None:
        self._whole = whole
        root, *others = family
        self._root, self._walks = root, {it.spec.population.name: SingleWalk(it) for it in family}
        self.programs = {it.spec.population.name: it for it in family}
        self._births = {0: Births(whole, 0)}
        self._seed = 0
        names = [it.spec.population.name for it in others]
        self.descendants: Mapping[str, tuple[SingleWalk, list[Walked]]] = {it: (self._walks[it], []) for it in names}

    def reseeded(self, seed: int) -> None:
        """Use another seed from the next root on."""
        self._seed = seed
        if seed not in self._births:
            self._births[seed] = Births(self._whole, seed)
        for walk in self._walks.values():
            walk.reseeded(seed)

    def draws(self, subjects: Integers) -> Iterator[list[tuple[float, float]]]:
        """For each of these roots, the first draws of its walk."""
        return self._walks[self._root.spec.population.name].draws(subjects)

    def walked(self, subject: int, first: list[tuple[float, float]], at_most: float) -> Walked:
        """Walk a root and its descendants; the result is about the root, with the cost of all of them.

        Raises:
            CalculationError: something cannot be calculated.
        """
        births = self._births[self._seed]
        # Each root by itself, or the children of the one before would be counted again.
        births.clear()
        walk = self._walks[self._root.spec.population.name]
        walked = walk.walked(subject, first, at_most)
        # Before the loop, as in it before the next population: parents come first, so all of a population have been
        # born when its turn comes.
        births.spawn(self._root, walk.spawning())
        cost = walked.cost
        for name, (of, done) in self.descendants.items():
            try:
                # With what is left of the cost, which all descendants share with their root.
                together = self._siblings(name, of, walked, at_most - cost)
            except CalculationError as fault:
                raise fault_of_population(name, fault) from None
            births.spawn(self.programs[name], of.spawning())
            done.append(together)
            cost += together.cost
        return replace(walked, cost=cost)

    def _siblings(self, name: str, walk: SingleWalk, root: Walked, at_most: float) -> Walked:
        """What all descendants of a root did that are of one population."""
        program = self.programs[name]
        ways, states, clock = len(program.ways), len(program.spec.population.states), program.spec.clock
        records, cost = [0] * len(varying(program)), 0.0
        attempts, events, spent = [0] * ways, [0] * ways, [0] * states
        queue = self._births[self._seed].queue(name)
        born = queue.take(0, clock.ticks, queue.arrived(clock.ticks))
        names, columns = list(born.given), [it.tolist() for it in born.given.values()]
        for moment, *row in zip(born.moments.tolist(), *columns, strict=True):
            if cost >= at_most:
                break
            one = walk.walked_from_birth(dict(zip(names, row, strict=True)), moment, at_most - cost)
            cost += one.cost
            counts = ((attempts, one.attempts), (events, one.events), (spent, one.spent), (records, one.records))
            attempts, events, spent, records = ([a + b for a, b in zip(*it, strict=True)] for it in counts)
        return Walked(root.ticks, cost, attempts, events, spent, records)


def together(spec: Spec, each: Sequence[Forecast]) -> Forecast:
    """The forecast of a whole model.

    Args:
        spec: the model.
        each: the forecasts of its populations, in its order.
    """
    tick_ms = spec.clock.tick_ms
    arriving = [it.arriving for it in each if it.arriving is not None]
    hourly = [it.arriving_per_hour for it in each if it.arriving_per_hour is not None]
    spawned = [it.spawned for it in each if it.spawned is not None]
    spawned_hourly = [it.spawned_per_hour for it in each if it.spawned_per_hour is not None]
    return Forecast(
        model=spec.name,
        subjects=sum(it.subjects for it in each),
        subject="",
        ticks=None if spec.clock.ticks == ENDLESS else spec.clock.ticks,
        tick_ms=tick_ms,
        states=tuple(replace(state, name=f"{it.subject}.{state.name}") for it in each for state in it.states),
        transitions=tuple(_named(it.subject, one) for it in each for one in it.transitions),
        streams=tuple(_streams(spec, each)),
        events=_sum(tick_ms, [(it.events, it) for it in each]),
        traps=(),
        may_be_rejected=(),
        never_read=tuple(replace(one, population=it.subject) for it in each for one in it.never_read),
        doubtful=tuple(replace(one, path=in_population(it.subject, one.path)) for it in each for one in it.doubtful),
        rhythms=next((it.rhythms for it in each), ()),
        arriving=fsum(arriving) if arriving else None,
        arriving_per_hour=fsum(hourly) if hourly else None,
        spawned=fsum(spawned) if spawned else None,
        spawned_per_hour=fsum(spawned_hourly) if spawned_hourly else None,
        populations=tuple(each),
        weeks=tuple(_weeks(spec, each)),
    )


def _named(population: str, it: ExpectedTransition) -> ExpectedTransition:
    """The transition with the names of its states in the whole model; an arrival comes from its population."""
    ends = (f"{population}.{state}" if state else population for state in (it.from_state, it.to_state))
    from_state, to_state = ends
    return replace(it, from_state=from_state, to_state=to_state)


def _streams(spec: Spec, each: Sequence[Forecast]) -> Iterator[ExpectedStream]:
    for name in spec.streams:
        found = [(of, it) for of in each for it in of.streams if it.name == name]
        fed_by = tuple(f"{of.subject}.{trigger}" for of, it in found for trigger in it.fed_by)
        tick_ms = spec.clock.tick_ms
        yield ExpectedStream(name, fed_by, _sum(tick_ms, [(it.records, of) for of, it in found]))


def _weeks(spec: Spec, each: Sequence[Forecast]) -> Iterator[ExpectedWeek]:
    """The week of each stream; what has no week of its own has the same number of records in every hour."""
    for stream in spec.streams:
        found = [week for of in each for week in of.weeks if week.name == stream]
        others = [it.records for of in each if not of.weeks for it in of.streams if it.name == stream]
        evenly = HOUR * fsum(it.per_second for it in others)
        if found:
            hours = zip(*(it.records for it in found), strict=True)
            sums = (None if None in hour else fsum(it or 0.0 for it in hour) + evenly for hour in hours)
            yield ExpectedWeek(stream, found[0].zone, tuple(sums))


def _sum(tick_ms: int, each: Sequence[tuple[Amount, Forecast]]) -> Amount:
    """The sum of what populations have, each with its forecast.

    Populations are independent, so the squares of their ranges add up; but for those that descend from one another,
    which have much together or little: their ranges themselves add up.
    """
    amounts = [amount for amount, _ in each]
    totals = [it.total for it in amounts if it.total is not None]
    # Populations may have ticks of different lengths, as one in which things happen at any moment has milliseconds.
    ongoing = [it.long_run * tick_ms / of.tick_ms for it, of in each if it.long_run is not None]
    ranges = [(it.low, it.high, _root(of)) for it, of in each if it.low is not None and it.high is not None]
    low = high = None
    # One unknown range makes that of the sum unknown.
    if ranges and len(ranges) == len(amounts):
        halves: dict[str, float] = {}
        for lowest, highest, root in ranges:
            # Of one family, as if all deviated together, which is the widest that they can.
            halves[root] = halves.get(root, 0.0) + (highest - lowest) / 2
        middle, half = fsum(low + high for low, high, _ in ranges) / 2, hypot(*halves.values())
        low, high = max(0.0, middle - half), middle + half
    return Amount(
        total=fsum(totals) if len(totals) == len(amounts) else None,
        per_tick=fsum(it.per_tick * tick_ms / of.tick_ms for it, of in each),
        per_second=fsum(it.per_second for it in amounts),
        long_run=fsum(ongoing) if len(ongoing) == len(amounts) else None,
        low=low,
        high=high,
    )


def _root(expected: Forecast) -> str:
    """The population from which one descends: itself if nobody spawns it."""
    return (expected.sampled and expected.sampled.roots) or expected.subject
