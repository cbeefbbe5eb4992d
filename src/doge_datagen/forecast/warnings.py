"""What looks unintended in a model that is right: each with its place and what it means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from doge_datagen.errors import Problem
from doge_datagen.forecast.values import Forecast

OFTEN = 20  # attempts, and none of them successful


def concerns(expected: Forecast) -> tuple[str, ...]:
    """One sentence for each thing that may not be meant so, in the order of ``CONCERNS``; empty where there is none."""
    return tuple(sentence for concern in CONCERNS for sentence in concern(expected))


def _unreachable(expected: Forecast) -> Iterator[str]:
    for state in expected.unreachable:
        yield f"states.{state}: it is unreachable from where subjects start. Hint: add a transition or remove the state"


def _final(expected: Forecast) -> Iterator[str]:
    for state in expected.final:
        if state in expected.meant_as_final:
            continue
        yield f"states.{state}: no transition leaves it; subjects that get there stay for ever"


def _traps(expected: Forecast) -> Iterator[str]:
    for states in expected.traps:
        if len(states) == 1:
            yield f"states.{states[0]}: all its transitions lead back to it; subjects that get there stay for ever"
        else:
            yield f"states {', '.join(states)}: subjects that get there never leave these {len(states)} again"


def _over(expected: Forecast) -> Iterator[str]:
    if not expected.transitions:
        yield "transitions: there is none, so nothing ever happens"
    elif expected.events.long_run == 0 and not expected.meant_as_final:
        yield "transitions: in the long run nothing happens any more; all subjects end where no transition leaves"


def _unfed(expected: Forecast) -> Iterator[str]:
    for stream in expected.streams:
        if not stream.fed_by:
            yield f"streams.{stream.name}: no transition that can happen feeds it. Hint: name it in the emit of one"


def _always_rejected(expected: Forecast) -> Iterator[str]:
    times = Counter(it.trigger for it in expected.transitions)
    for it in expected.transitions:
        if it.rejected == 1 and it.tried >= OFTEN:
            name = it.trigger if times[it.trigger] == 1 else f"{it.from_state}.{it.trigger}"
            tried = f"all {it.tried:,} attempts of the sample were rejected"
            yield f"transitions.{name}: {tried}. Hint: see whether what it requires can ever be true"


def _never_read(expected: Forecast) -> Iterator[str]:
    for it in expected.never_read:
        message = f"{it.name!r} is set and never read; only attributes keep a value: make it one, or remove it"
        yield str(Problem(("transitions", it.trigger, "do"), message, it.line, it.column, it.file))


def _doubtful(expected: Forecast) -> Iterator[str]:
    yield from map(str, expected.doubtful)


CONCERNS = (_unreachable, _final, _traps, _over, _unfed, _always_rejected, _never_read, _doubtful)
