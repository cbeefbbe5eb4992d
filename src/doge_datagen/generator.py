"""The API of 1.0.4: a generator whose subjects are Python objects and whose actions are callbacks."""

from __future__ import annotations

import logging
import os
import warnings
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from doge_datagen.draws import SUBJECTS_AT_MOST
from doge_datagen.engine.interpreted.walk import Walk
from doge_datagen.errors import AlreadyStartedError, ModelError
from doge_datagen.model import Clock, Collector, Machine, Transition, needs_instance, whole_number
from doge_datagen.model.state_machine import taken_for_shares
from doge_datagen.run.generator_run import SubjectsStates, create_subjects, run
from doge_datagen.run.pacing.pace import Pace, checked_late
from doge_datagen.run.pacing.schedule import Schedule
from doge_datagen.run.reporting.report import summary_lines

if TYPE_CHECKING:
    from doge_datagen.run.pacing.pace import Pace
    from doge_datagen.run.pacing.schedule import Schedule
    from doge_datagen.run.reporting.report import ProgressListener, RunReport

logger = logging.getLogger(__name__)

Subject = TypeVar("Subject")
"""The type of the subjects: any class, whose instances a :class:`SubjectFactory` creates."""


class SubjectFactory(Generic[Subject]):
    """Creates the subjects of a run. Extend it to create subjects with any attributes you like.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class User:
    ...     user_id: int
    >>> class UserFactory(SubjectFactory[User]):
    ...     users = 0
    ...     def create(self) -> User:
    ...         self.users += 1
    ...         return User(self.users - 1)
    >>> UserFactory().create()
    User(user_id=0)
    """

    @abstractmethod
    def create(self) -> Subject:
        """Return a new subject, a different object in each call; it need not be hashable."""


class DataOnlineGenerator(Generic[Subject]):
    """Simulates subjects that walk through a probabilistic state machine, tick by tick.

    In each tick every subject, in order of creation, makes at most one transition, chosen at random by the
    probabilities of the transitions that leave its state; with the rest to 100 % it stays. A state that no transition
    leaves is final. The first tick has the timestamp ``timestamp_start``, each following one ``tick_ms`` more.

    Args:
        states: the names of all states; or a mapping from name to ``"final"`` for a state that subjects are meant never
            to leave, and to None for others. No transition may leave a state marked as final.
        initial_state: the state in which every subject starts.
        subject_factory: creates each subject by its ``create()``.
        subjects_num: number of subjects, 0 or more.
        tick_ms: length of a tick in milliseconds, 1 or more.
        ticks_num: number of ticks, 0 or more.
        timestamp_start: timestamp of the first tick, in milliseconds since the epoch.
        seed: a 64-bit integer that makes the engine's choices reproducible, whatever else runs in the process; if None,
            each run has a random one. It does not cover what callbacks and factories draw themselves.

    Attributes:
        states: the names of all states.
        initial_state: the state in which every subject starts.
        timestamp: the timestamp of the current tick; after the run, one tick past the last one simulated.
        subjects_states: the current state of each subject, which are distinguished by identity; empty before the run.
        seed: the seed given, or the random one of this run.

    Raises:
        ModelError: states are unknown or given twice, the factory has no ``create()``, or a number is invalid. It is a
            ``ValueError``.

    >>> from doge_datagen import PrintingSink
    >>> class Names(SubjectFactory):
    ...     left = ['bob', 'alice']
    ...     def create(self):
    ...         return self.left.pop()
    >>> sink = PrintingSink(lambda timestamp, subject, transition: f'{timestamp} {subject} {transition.trigger}')
    >>> datagen = DataOnlineGenerator(['offline', 'online'], 'offline', Names(), 2, 1000, 8, seed=42)
    >>> datagen.add_transition('login', 'offline', 'online', 20, event_sinks=[sink])
    >>> datagen.add_transition('logout', 'online', 'offline', 50, event_sinks=[sink])
    >>> report = datagen.start()
    1000 alice login
    1000 bob login
    2000 alice logout
    7000 bob logout
    >>> report.events
    4
    """

    STAY_TRIGGER = "__stay"
    """The trigger that 1.0.4 used for staying; transitions of this name are no longer added."""

    def __init__(
        self,
        states: Sequence[str] | Mapping[str, str | None],
        initial_state: str,
        subject_factory: SubjectFactory[Subject],
        subjects_num: int,
        tick_ms: int,
        ticks_num: int,
        timestamp_start: int = 0,
        *,
        seed: int | None = None,
    ) -> None:
        self._machine = Machine.of(states, initial_state)
        self.states = list(self._machine.states)
        self.initial_state = initial_state
        self.subject_factory = _checked_factory(subject_factory)
        self.subjects_num = whole_number("subjects_num", subjects_num, at_least=0, below=SUBJECTS_AT_MOST)
        self.tick_ms = whole_number("tick_ms", tick_ms, at_least=1)
        self.ticks_num = whole_number("ticks_num", ticks_num, at_least=0)
        self.timestamp = whole_number("timestamp_start", timestamp_start)
        given = int.from_bytes(os.urandom(8), "little") if seed is None else seed
        self.seed = whole_number("seed", given, at_least=0, below=2**64)
        self.subjects_states: Mapping[Subject, str] = {}
        self._started = False

    @property
    def final_states(self) -> tuple[str, ...]:
        """The states that are marked as final."""
        return self._machine.final

    @property
    def transition_matrix(self) -> Mapping[str, Mapping[str, Transition]]:
        """The transitions, by the state they leave and then by trigger."""
        return self._machine.matrix

    @property
    def probability_matrix(self) -> dict[str, dict[str, float]]:
        """The probabilities in percent, by state and then by trigger."""
        return {
            state: {trigger: transition.chance for trigger, transition in leaving.items()}
            for state, leaving in self._machine.matrix.items()
        }

    def add_transition(
        self,
        trigger: str,
        from_state: str,
        to_state: str,
        probability: float,
        action_callback: Callable[[Subject, Transition], bool | None] | None = None,
        event_sinks: Sequence[Collector] | None = None,
    ) -> None:
        """Add a transition.

        Args:
            trigger: its name, any non-empty string, unique among the transitions that leave ``from_state``.
            from_state: the state it leaves.
            to_state: the state it leads to; may be the same.
            probability: probability per tick in percent, 0 to 100.
            action_callback: called with subject and transition before the state changes; it may change the subject.
                If it returns False, the transition is rejected: the state does not change and no sink is called.
                Returning None rejects it too, with a warning.
            event_sinks: called in this order after the state has changed, and closed at the end of the run.

        Raises:
            ModelError: a state is unknown, the trigger is already used, the probability is not a percentage, the
                probabilities leaving ``from_state`` sum to more than 100, the callback is not callable, or a sink has
                no ``collect`` and ``close``. It is a ``ValueError``.
            AlreadyStartedError: the generator has been started.
        """
        self._check_not_started()
        self._machine.add(Transition(trigger, from_state, to_state, probability, action_callback, event_sinks or ()))

    def start(
        self,
        *,
        progress: ProgressListener | None = None,
        pace: str | Pace | None = None,
        late: str = "catch-up",
        stop: Callable[[], bool] | None = None,
    ) -> RunReport:
        """Create the subjects, simulate all ticks, close every sink once, and return a report of the run.

        Args:
            progress: called with a ``Progress`` about ten times per second and at the end.
            pace: how fast to run. ``realtime``: event time advances with the wall clock, starting at once; ``60x``: 60
                times as fast; ``5000/s``: 5,000 events per second on average, where a tick waits if the rate would be
                exceeded. None: as fast as possible. The events do not depend on it. The run ends after the last event
                and does not wait for ticks without events.
            late: what to do if factory, callbacks or sinks are too slow for the pace: ``catch-up`` runs as fast as
                possible until it is back on schedule, ``stretch`` delays the rest of the schedule.
            stop: called before each tick and, while waiting for one, about 20 times per second; if it returns True, the
                run ends there, as if there were no more ticks.

        Returns:
            The number of events of each transition, the number of events that each sink accepted and delivered, and, if
            there was a pace, how well it was kept.

        Raises:
            AlreadyStartedError: the generator has been started before.
            ModelError: the pace is invalid; or the factory returns None, or the same object twice.
            DeliveryError: a sink has not delivered all events that it accepted.
            Exception: whatever factory, callback or sink raises, with a note on subject, transition and timestamp; the
                sinks are closed first.
        """
        self._check_not_started()
        schedule = self._schedule(pace, late)
        self._started = True
        for _, problem in taken_for_shares(self._machine.transitions()):
            warnings.warn(f"transitions: {problem}", stacklevel=2)
        for state in self._machine.unexpected_ends():
            logger.warning("state %r is final: no transition leaves it, so subjects that enter it stay", state)
        report = self._run(progress, schedule, stop)
        logger.info("%s; seed %d", "; ".join(summary_lines(report)), report.seed)
        return report

    def _schedule(self, asked: str | Pace | None, late: str) -> Schedule | None:
        pace = Pace.of(asked)
        checked_late(late)
        if pace is None:
            return None
        if pace.stream is not None:
            raise ModelError(
                "pace", f"{pace.text!r}: a generator has no streams. Hint: give '{pace.rate:,.15g}/s' for all events"
            )
        return Schedule(pace, Clock(self.timestamp, self.tick_ms, self.ticks_num), late=late)

    def _run(
        self, progress: ProgressListener | None, schedule: Schedule | None, stop: Callable[[], bool] | None
    ) -> RunReport:
        clock = Clock(self.timestamp, self.tick_ms, self.ticks_num)

        def prepare() -> Walk:
            initial = self.states.index(self.initial_state)
            population = create_subjects(self.subject_factory.create, self.subjects_num, initial)
            self.subjects_states = SubjectsStates(population, self.states)
            return Walk(self._machine, population, clock, self.seed)

        def at_tick(tick: int) -> None:
            self.timestamp = clock.timestamp(tick)

        return run(
            self._machine, prepare, self.subjects_num, at_tick=at_tick, progress=progress, schedule=schedule, stop=stop
        )

    def _check_not_started(self) -> None:
        if self._started:
            raise AlreadyStartedError("start: this generator has started already. Hint: make a new one to run again")


def _checked_factory(factory: SubjectFactory[Subject]) -> SubjectFactory[Subject]:
    if not callable(getattr(factory, "create", None)):
        raise ModelError(
            "subject_factory", f"{factory!r} has no create(). Hint: extend SubjectFactory and give an instance"
        )
    if needs_instance(factory, "create"):
        raise ModelError("subject_factory", f"{factory!r} is a class. Hint: give an instance: {factory.__name__}(...)")
    return factory
