"""Simulate a sample of roots and everybody who descends from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from doge_datagen.engine.arriving.spawn_queue import Births
from doge_datagen.engine.interpreted.single_walk import SingleWalk, Walked
from doge_datagen.engine.population_engines import of_population
from doge_datagen.engine.recording.emission import varying
from doge_datagen.errors import CalculationError
from doge_datagen.forecast.sample import MOST, Integers, Sample, sample_of, walked_subjects
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
        births.clear()
        walk = self._walks[self._root.spec.population.name]
        walked = walk.walked(subject, first, at_most)
        births.spawn(self._root, walk.spawning())
        cost = walked.cost
        for name, (of, done) in self.descendants.items():
            try:
                together = self._siblings(name, of, walked, at_most - cost)
            except CalculationError as fault:
                raise of_population(name, fault) from None
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
        born = self._births[self._seed].queue(name).take(0, clock.ticks, MOST)
        names, columns = list(born.given), [it.tolist() for it in born.given.values()]
        for moment, *row in zip(born.moments.tolist(), *columns, strict=True):
            if cost >= at_most:
                break
            one = walk.walked_from_birth(dict(zip(names, row, strict=True)), moment, at_most - cost)
            cost += one.cost
            counts = ((attempts, one.attempts), (events, one.events), (spent, one.spent), (records, one.records))
            attempts, events, spent, records = ([a + b for a, b in zip(*it, strict=True)] for it in counts)
        return Walked(root.ticks, cost, attempts, events, spent, records)
