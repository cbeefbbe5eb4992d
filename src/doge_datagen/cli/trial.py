"""A short run of a model, for what the algebra of its chain does not know: what actions block, what has no value."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from doge_datagen.engine.choose import INTERPRETED
from doge_datagen.engine.expected import HOUR
from doge_datagen.errors import CalculationError
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.translation import program_of
from doge_datagen.run.how import How
from doge_datagen.run.windows import windows

if TYPE_CHECKING:
    from doge_datagen.engine.expected import Expectation
    from doge_datagen.simulation import Model

EVENTS = 40_000
"""That are looked for, which takes plain Python about a second: what is one in four hundred of them is counted to a
tenth, about."""
MOST_SUBJECTS = 20_000
FOR_EACH = 20  # events of each subject, where the run has no end
SEED = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """What was counted, scaled to the subjects of the run and to all its ticks, or to an hour where it has no end.

    Attributes:
        subjects: that were tried.
        ticks: that they went.
        part: how much of the run that is; more than 1 where more subjects were tried than it has.
        transitions: by the transition's number, its events.
        streams: by name, the records.
    """

    subjects: int
    ticks: int
    part: float
    transitions: dict[int, float]
    streams: dict[str, float]


def trial(model: Model, expected: Expectation) -> Trial:
    """Run as many subjects as have some 40,000 events, in plain Python, also more than the run has; always the same.

    Args:
        model: of which something can be expected.
        expected: of it, with its own numbers of subjects and ticks.

    Raises:
        CalculationError: something cannot be calculated.
    """
    few = _few(model, expected)
    try:
        return _tried(few, expected)
    except CalculationError as error:
        if error.subject < model.subjects.count:
            raise
    return _tried(few.resized(subjects=model.subjects.count), expected)  # what the run does not have may have a fault


def _tried(few: Model, expected: Expectation) -> Trial:
    count, ticks = few.subjects.count, few.clock.ticks
    events, records, done = Counter[int](), Counter[str](), 0
    with windows(program_of(few), How(SEED, engine=INTERPRETED), SEED) as made:
        for window in made:
            events.update(window.events)
            for stream, batch in window.batches:
                records[stream] += len(batch)
            done = window.end
            if events.total() > 5 * EVENTS:
                break
    of_the_run = ticks if expected.ticks is not None else HOUR * 1000 / expected.tick_ms
    part = count / expected.subjects * max(done, 1) / of_the_run
    return Trial(
        count,
        done,
        part,
        {number: events[number] / part for number in range(len(few.transitions))},
        {stream: records[stream] / part for stream in few.streams},
    )


def _few(model: Model, expected: Expectation) -> Model:
    """The model with as many subjects, and where it has no end as many ticks, as are tried."""
    each = expected.events.per_tick / expected.subjects
    ticks = model.clock.ticks
    if expected.ticks is None:
        ticks = max(1, min(ENDLESS - 1, int(FOR_EACH / (each or 1))))
    return model.resized(subjects=max(1, min(MOST_SUBJECTS, int(EVENTS / (each * ticks or 1)))), ticks=ticks)
