"""Generates the lines that wait for what has a moment of its own: dwell times, timers, and transitions at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doge_datagen.engine.codegen import ATTRIBUTE
from doge_datagen.engine.source_lines import indented, when_one_of
from doge_datagen.engine.waiting.rates_in_pieces import at_an_edge, has_incidents
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.engine.waiting.timing_code import ENTERED, REJECTED, TimingCode, earliest
from doge_datagen.language.scope import RECENCY, attribute_code
from doge_datagen.numeric.faults import BAD_WAIT
from doge_datagen.program.time.timing import AFTER, AT, EVERY, TIMERS, Exit, Located


class TimerWaits:
    """Waits whose end is known when they begin, and remembered in slots and alarms.

    Args:
        code: of the timing.
        assigned: for each transition of the model the attributes, by their names in the code, that its action assigns.
    """

    def __init__(self, code: TimingCode, assigned: Sequence[Sequence[str]]) -> None:
        self._code, self._timing = code, code.timing
        self._assigned = assigned
        self._alarms = tuple(f"p_{number}" for number in range(len(code.timing.alarms)))

    def reset_alarms(self) -> Iterator[str]:
        """What has fired is spent; what depends on attributes that have just been assigned is armed."""
        timing = self._timing
        for alarm, transition in zip(self._alarms, timing.alarms, strict=True):
            mine = [number for number, it in enumerate(timing.exits) if it.transition == transition]
            amount = timing.exits[mine[0]].amount
            # For an incident the alarm holds when it has fired, since it will be armed again by time: see
            # rates_in_pieces.
            fired = "tick + 1" if has_incidents(amount.code) else "1"
            yield from when_one_of("exit", mine, [f"{alarm} = {fired}"])
            reads = set(ATTRIBUTE.findall(amount.code))
            arming = [number for number, it in enumerate(timing.exits) if reads & set(self._assigned[it.transition])]
            # What an action assigns may be what the moment is made of, such as a date of renewal, so it is due again.
            if arming:
                yield f"if why != {REJECTED}:"
                yield from indented(when_one_of("exit", arming, [f"{alarm} = 0"]))
            for word, condition in (("entered", f"why <= {ENTERED}"), ("previous", f"why != {REJECTED}")):
                if attribute_code(RECENCY[word]) in reads:
                    yield f"if {condition}:"
                    yield f"    {alarm} = 0"

    def of_state(self, state: int) -> Iterator[str]:
        """The lines that wait in a state for the end of its dwell time, its timers and what is at a moment."""
        timing = self._timing
        dwell = timing.dwells[state]
        if dwell is not None:  # drawn anew where it has ended in a transition that leaves the state as it is
            yield f"if why <= {ENTERED} or WEIGHED[exit] == 1:"
            yield from indented(self._duration("s_0", "tick", dwell))
        if any(timing.of(state, *TIMERS)):
            yield f"if why <= {ENTERED}:"
            yield from indented(self._start_timers(state))
            yield from self._go_on(state)
        # Of several attempts at one moment the first here wins (see timing_code.earliest), so this order is a rule of
        # the language: what is at a moment, timers, the end of the dwell time, rates, probabilities.
        for number, it in timing.of(state, AT):
            yield from self._at(number, it)
        for number, _ in (*timing.of(state, AFTER), *timing.of(state, EVERY)):
            yield from earliest(f"s_{timing.timers[number]}", number)
        if dwell is not None:
            yield from earliest("s_0", f"{len(timing.exits)} + state")

    def _start_timers(self, state: int) -> Iterator[str]:
        for number, it in self._timing.of(state, *TIMERS):
            yield from self._duration(f"s_{self._timing.timers[number]}", "tick", it.amount)

    def _go_on(self, state: int) -> Iterator[str]:
        """A timer that has fired is over, and what is periodic goes on."""
        timing = self._timing
        for number, _ in timing.of(state, AFTER):
            yield from when_one_of("exit", [number], [f"s_{timing.timers[number]} = {NEVER}"], "elif")
        for number, it in timing.of(state, EVERY):
            # From the moment at which it was due, not from now: it may have come a millisecond late, and must not
            # drift.
            slot = f"s_{timing.timers[number]}"
            yield from when_one_of("exit", [number], list(self._duration(slot, slot, it.amount)), "elif")

    def _duration(self, slot: str, since: str, amount: Located) -> Iterator[str]:
        yield f"length = {amount.code}"
        yield from self._code.checked(amount, "length < 0", BAD_WAIT)
        if amount.rhythm is None:
            # Compared before it is added: a sum beyond 64 bits would wrap around in compiled code, and be a moment in
            # the past.
            yield f"{slot} = {since} + length if length < {NEVER} - {since} else {NEVER}"
        else:
            yield f"moment = after(rhythm_{amount.rhythm}, {since} + (timestamp - tick), float(length))"
            yield f"{slot} = moment - (timestamp - tick) if moment < {NEVER} else {NEVER}"

    def _at(self, number: int, it: Exit) -> Iterator[str]:
        alarm = self._alarms[self._timing.alarms.index(it.transition)]
        if has_incidents(it.amount.code):
            yield from at_an_edge(it.amount.code, lambda: self._code.checked(it.amount), alarm, number)
            return
        # Else it has fired, and the moment is not even calculated.
        yield f"if {alarm} == 0:"
        lines = [f"moment = {it.amount.code}", *self._code.checked(it.amount)]
        lines += [f"moment = moment - (timestamp - tick) if moment < {NEVER} else {NEVER}", *earliest("moment", number)]
        yield from indented(lines)
