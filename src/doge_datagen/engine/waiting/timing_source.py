"""Generates the source code of when a subject does something next, and what; both engines run the same functions.

- ``wait`` is called when a subject has entered a state, and after each of its events and rejected attempts. It returns
  the moment of the next attempt and its cause: the number of an exit, or behind all exits the number of a state whose
  dwell time ends.
- ``leave`` is called at that moment. It chooses the exit by weight where a dwell time has ended, and the way where an
  exit branches.

Moments are milliseconds since the start of the run. What a subject has to remember between two calls is in ``slots``
(the moments of its dwell time and timers) and ``alarms`` (1 for each transition at a moment that has been spent).
A fault ends either function early; the cause or exit it returns then is a negative number that names the location.

States that wait alike share their lines, and constant weights are tables: a model with hundreds of transitions compiles
as quickly as one with a few.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from doge_datagen.engine.codegen import Function, reads_of
from doge_datagen.engine.source_lines import either
from doge_datagen.engine.waiting.exit_choices import ExitChoices
from doge_datagen.engine.waiting.memoryless_waits import MemorylessWaits
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.engine.waiting.timer_waits import TimerWaits
from doge_datagen.engine.waiting.timing_code import TimingCode, kept_names
from doge_datagen.program.time.timing import WEIGHT, Timing

PURPOSE = re.compile(r"(key0, key1, subject, tick, )(\d+)")
"""The purpose of a draw in generated code, by which it differs from all other draws of the subject at that moment.

Two states that wait alike differ in these numbers only: ``draw(key0, key1, subject, tick, 17)`` of one and ``18`` of
the other become ``draw(key0, key1, subject, tick, PURPOSES_0[state])`` of both.
"""


class TimingSource:
    """The functions of one model's timing.

    Args:
        timing: what to generate.
        assigned: for each transition of the model the attributes, by their names in the code, that its action assigns.

    Attributes:
        wait: the function ``wait``.
        leave: the function ``leave``.
        kept: the names of its slots and alarms in the code.
        tables: by name, the constants that the functions look up.
    """

    def __init__(self, timing: Timing, assigned: Sequence[Sequence[str]]) -> None:
        self._timing, self._code = timing, TimingCode(timing)
        self.kept = kept_names(timing)
        self.tables: dict[str, list[int] | list[float]] = {"WEIGHED": [int(it.kind == WEIGHT) for it in timing.exits]}
        self.wait = self._wait(assigned)
        self.leave = self._leave()

    def location_of(self, path: str) -> int:
        """The negative number that names a location in the model; see :meth:`path_of`."""
        return self._code.location_of(path)

    def path_of(self, location: int) -> str:
        """The location in the model that a negative cause or exit names."""
        return self._code.path_of(location)

    def _wait(self, assigned: Sequence[Sequence[str]]) -> Function:
        self._code.ending = ", ".join((str(NEVER), "{}", *self.kept))
        timers, memoryless = TimerWaits(self._code, assigned), MemorylessWaits(self._code)
        states = range(len(self._timing.dwells))
        # What comes first wins where several are at one moment, so timers are before rates: see timing_code.earliest.
        each = ((timers.of_state(it), memoryless.rates(it), memoryless.probabilities(it)) for it in states)
        lines = (
            f"best, cause = {NEVER}, -1",
            *timers.reset_alarms(),
            *self._by_state(["\n".join(itertools.chain(*of_state)) for of_state in each]),
            f"return ({', '.join(('best', 'cause', *self.kept))},)",
        )
        return _function("wait", ("state", "exit", "why", *self.kept), lines)

    def _leave(self) -> Function:
        self._code.ending = "{}, -1"
        choices = ExitChoices(self._code)
        lines = ("exit = cause", *choices.weights(), *choices.guards(), *choices.branches(), "return exit, way")
        self.tables |= choices.tables
        return _function("leave", ("state", "cause"), lines)

    def _by_state(self, lines: Sequence[str]) -> Iterator[str]:
        """The lines of each state. Those that differ in nothing but the purposes of their draws share them."""
        alike: dict[str, list[int]] = {}
        for state, text in enumerate(lines):
            # A state that nothing leaves has no lines, and none is alike with it.
            if text:
                alike.setdefault(PURPOSE.sub(r"\1?", text), []).append(state)
        self.tables["ALIKE"] = own = [-1] * len(lines)
        blocks = {}
        for number, states in enumerate(alike.values()):
            for state in states:
                own[state] = number
            blocks[number] = self._shared([lines[state] for state in states], states).splitlines()
        yield from either("ALIKE[state]", blocks)

    def _shared(self, texts: Sequence[str], states: Sequence[int]) -> str:
        """The lines of states that are alike; if there are several, the purposes of draws are looked up."""
        if len(texts) == 1:
            return texts[0]
        names = itertools.count(sum(it.startswith("PURPOSES") for it in self.tables))
        purposes = zip(*(PURPOSE.findall(text) for text in texts), strict=True)
        found = []
        for of_states in purposes:
            own = [0] * len(self._timing.dwells)
            for state, (_, purpose) in zip(states, of_states, strict=True):
                own[state] = int(purpose)
            found.append(f"PURPOSES_{next(names)}")
            self.tables[found[-1]] = own
        rest = iter(found)
        return PURPOSE.sub(lambda match: f"{match[1]}{next(rest)}[state]", texts[0])


def _function(name: str, own: Sequence[str], lines: Sequence[str]) -> Function:
    return Function(name, (*own, *reads_of(lines)), tuple(lines))
