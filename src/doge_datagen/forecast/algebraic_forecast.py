"""Forecast a model from its Markov chain alone, without simulating anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from doge_datagen.draws import SUBJECTS_AT_MOST
from doge_datagen.errors import Problem
from doge_datagen.forecast.action_analysis import may_be_rejected, names_never_read
from doge_datagen.forecast.markov_chain import ChainSolution, chain_of, solve_chain
from doge_datagen.forecast.values import Amount, ExpectedState, ExpectedStream, ExpectedTransition, Forecast
from doge_datagen.forecast.weekly_charts import expected_rhythms
from doge_datagen.model import ENDLESS, Population, Spec, whole_number
from doge_datagen.model.state_machine import taken_for_shares


def algebraic_forecast(spec: Spec, subjects: int | None = None, ticks: int | None = None) -> Forecast:
    """Forecast a model under the assumption that no action rejects a transition.

    The figures are exact means, calculated from the Markov chain that one subject walks: J. G. Kemeny, J. L. Snell,
    "Finite Markov Chains", 1960. They are accurate to at least ten digits for any probabilities. 1,000 states take
    seconds.

    Args:
        spec: a valid model.
        subjects: number of subjects, 1 to 2**32 - 1; None for the model's.
        ticks: number of ticks, 0 or more; None for the model's. With ``ENDLESS`` or more the run has no end, and only
            the steady state is known.

    Raises:
        ModelError: a number is out of range.

    >>> from doge_datagen.model import Clock, Population, Stream, Transition
    >>> spec = Spec.of_one(
    ...     'shop', Population('user', 1000), ['away', 'here'], {'away': 1},
    ...     [Transition('come', 'away', 'here', 0.1), Transition('buy', 'here', 'away', 25, emit='orders')],
    ...     {'orders': Stream({'user': 'index'})}, Clock(start=0, tick_ms=60_000, ticks=10_000),
    ... )
    >>> expected = algebraic_forecast(spec)
    >>> [(state.name, state.dwell, round(state.share, 4)) for state in expected.states]
    [('away', 1000.0, 0.996), ('here', 4.0, 0.004)]
    >>> round(expected.streams[0].records.total, 1)
    9956.2
    """
    population = spec.population
    count = population.count if subjects is None else subjects
    length = whole_number("ticks", spec.clock.ticks if ticks is None else ticks, at_least=0)
    scale = _Scale(
        whole_number("subjects", count, at_least=1, below=SUBJECTS_AT_MOST),
        length if length < ENDLESS else None,
        spec.clock.tick_ms,
    )
    walk = solve_chain(chain_of(population), scale.ticks, spec.clock.warm_up // spec.clock.tick_ms)
    transitions = _transitions(population, walk, scale)
    return Forecast(
        model=spec.name,
        subjects=scale.subjects,
        subject=population.name,
        ticks=scale.ticks,
        tick_ms=scale.tick_ms,
        states=_states(population, walk, scale),
        transitions=transitions,
        streams=_streams(spec, walk, scale),
        events=scale.amount(walk, range(len(transitions))),
        traps=_traps(population, walk),
        may_be_rejected=tuple(dict.fromkeys(it.trigger for it in population.transitions if may_be_rejected(it))),
        never_read=names_never_read(population),
        meant_as_final=tuple(population.final),
        doubtful=tuple(
            Problem(("transitions", number, "probability"), message)
            for number, message in taken_for_shares(population.transitions)
        ),
        rhythms=expected_rhythms(spec),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """The size of a run, by which the events of one subject are multiplied."""

    subjects: int
    ticks: int | None
    tick_ms: int

    def amount(self, walk: ChainSolution, transitions: Sequence[int]) -> Amount:
        """The events of these transitions, for all subjects together."""
        chosen = np.array(transitions, dtype=np.int64)
        lasting = self.subjects * float(walk.per_tick[chosen].sum())
        if self.ticks is None or walk.over_run is None:
            return Amount(None, lasting, lasting * 1000 / self.tick_ms, lasting)
        total = self.subjects * float(walk.over_run[chosen].sum())
        # A run of no ticks is valid; it has no events.
        per_tick = total / max(self.ticks, 1)
        return Amount(total, per_tick, per_tick * 1000 / self.tick_ms, lasting)


def _states(population: Population, walk: ChainSolution, scale: _Scale) -> tuple[ExpectedState, ...]:
    chain, leaving = walk.chain, walk.chain.leaving
    elsewhere = np.where(chain.source == chain.target, 0.0, chain.chance)
    going = np.bincount(chain.source, elsewhere, len(population.states))
    visits: list[float | None] = [None] * len(population.states)
    if walk.over_run is not None:
        coming = np.where(elsewhere > 0, walk.over_run, 0.0)
        visits = (chain.start + np.bincount(chain.target, coming, len(population.states))).tolist()
    return tuple(
        ExpectedState(
            name=name,
            reachable=bool(walk.reached[number]),
            final=not leaving[number],
            dwell=(dwell := _mean(leaving[number])),
            dwell_ms=dwell * scale.tick_ms,
            stay=(stay := _mean(going[number])),
            stay_ms=stay * scale.tick_ms,
            share=float(walk.share[number]),
            visits=visits[number],
        )
        for number, name in enumerate(population.states)
    )


def _mean(chance: float) -> float:
    """Mean number of ticks until something with this chance per tick happens, by the geometric distribution."""
    # Chances that sum to 1 may exceed it by a rounding error, and nothing takes less than a tick.
    return max(1.0, float(1 / chance)) if chance else float("inf")


def _transitions(population: Population, walk: ChainSolution, scale: _Scale) -> tuple[ExpectedTransition, ...]:
    return tuple(
        ExpectedTransition(
            trigger=it.trigger,
            from_state=it.source,
            to_state=it.target,
            probability=it.chance,
            emit=tuple(it.emit),
            events=scale.amount(walk, [number]),
            cause=it.cause_text,
        )
        for number, it in enumerate(population.transitions)
    )


def _streams(spec: Spec, walk: ChainSolution, scale: _Scale) -> tuple[ExpectedStream, ...]:
    happen = (walk.chain.chance > 0) & walk.reached[walk.chain.source]
    streams, ways = [], spec.population.transitions
    for name in spec.streams:
        feeding = [number for number, it in enumerate(ways) if name in it.emit and happen[number]]
        triggers = dict.fromkeys(ways[number].trigger for number in feeding)
        streams.append(ExpectedStream(name, tuple(triggers), scale.amount(walk, feeding)))
    return tuple(streams)


def _traps(population: Population, walk: ChainSolution) -> tuple[tuple[str, ...], ...]:
    traps = [members for members in walk.closed if len(members) < walk.reached.sum()]
    leaving = walk.chain.leaving
    return tuple(tuple(population.states[state] for state in members) for members in traps if leaving[members[0]])
