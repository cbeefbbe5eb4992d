"""The seed's own API: a state machine that many subjects walk through, told in Python callbacks."""

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
from doge_datagen.model.fractions import taken_for_shares
from doge_datagen.run.generator_run import SubjectsStates, create_subjects, run
from doge_datagen.run.pace import Pace, checked_late
from doge_datagen.run.schedule import Schedule

if TYPE_CHECKING:
    from doge_datagen.run.pace import Pace
    from doge_datagen.run.report import ProgressListener, RunReport
    from doge_datagen.run.schedule import Schedule

logger = logging.getLogger(__name__)

Subject = TypeVar("Subject")
"""One actor: any object, with the attributes that its :class:`SubjectFactory` gives it."""


class SubjectFactory(Generic[Subject]):
    """Makes the subjects of a run; extend it and give them what attributes you like.

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
        """A new subject, another object in each call; it need not be hashable."""


class DataOnlineGenerator(Generic[Subject]):
    """A population of subjects that walk a probabilistic state machine, tick by tick.

    In each tick every subject, in order of creation, makes at most one transition, chosen by the probabilities of
    those that leave its state; what is missing to 100 % is staying. A state without a way out is final. The first tick
    has the timestamp ``timestamp_start``, each next one ``tick_ms`` more.

    Args:
        states: the names of all states; or a mapping from name to ``"final"`` for a state that subjects are meant never
            to leave again, and to None for others. No transition may leave a state called final.
        initial_state: where every subject starts.
        subject_factory: its ``create()`` makes each subject.
        subjects_num: how many subjects there are, 0 or more.
        tick_ms: length of a tick in milliseconds, 1 or more.
        ticks_num: how many ticks there are, 0 or more.
        timestamp_start: timestamp of the first tick, in milliseconds since the epoch.
        seed: 64 bits that repeat the engine's choices exactly, whatever else runs in the process; without one they
            differ from run to run. What callbacks and factories draw on their own is theirs to seed.

    Attributes:
        states: the names of all states.
        initial_state: where every subject starts.
        timestamp: the timestamp of the tick that is walked now; after the run, one tick past the last; where it was
            stopped, one past the last that was walked.
        subjects_states: the state of each subject by now; empty before the run. Subjects are told apart by identity.
        seed: the one given, or the one made up for this run.

    Raises:
        ModelError: states are unknown or given twice, the factory cannot create, or a number makes no sense. It is a
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
    """What 1.0.4 called staying; no transition of this name is added any more."""

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
        """The states that are called final."""
        return self._machine.final

    @property
    def transition_matrix(self) -> Mapping[str, Mapping[str, Transition]]:
        """Transitions by the state they leave, then by trigger."""
        return self._machine.matrix

    @property
    def probability_matrix(self) -> dict[str, dict[str, float]]:
        """Probabilities in percent by state, then by trigger."""
        return {
            state: {trigger: transition.probability for trigger, transition in leaving.items()}
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
        """Add one way out of a state.

        Args:
            trigger: its name, any non-empty string, unique among the transitions that leave ``from_state``.
            from_state: the state it leaves.
            to_state: the state it leads to; may be the same.
            probability: chance per tick in percent, 0 to 100.
            action_callback: called with subject and transition before the state changes; it may change the subject.
                Where it returns False the transition is blocked: the state stays and no sink is called. None blocks
                too, and is warned about.
            event_sinks: called in this order after the state has changed, and closed at the end of the run.

        Raises:
            ModelError: a state is unknown, the trigger is taken, the probability is none, the sum of those leaving
                ``from_state`` is above 100, or a callback or sink is not what its name says. It is a ``ValueError``.
            AlreadyStartedError: the generator has started.
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
        """Make the subjects, walk all ticks, close every sink once, and give the account of the run.

        Args:
            progress: called with a ``Progress`` (ticks done, ticks, events) about ten times a second and at the end.
            pace: how fast. ``realtime``: the first tick is walked at once, and from there on event time runs with the
                wall clock; ``60x``: so many times as fast; ``5000/s``: so many events a second on the average, a tick
                waits until there is room for another. None for as fast as possible. The events do not depend on it. The
                run ends after the last event; it does not wait for ticks in which nobody does anything.
            late: what happens where factory, callbacks or sinks are too slow for the pace: ``catch-up`` goes on as fast
                as possible until the schedule is reached again, ``stretch`` puts off what is to come by the delay.
            stop: asked before each tick and, while one is waited for, about twenty times a second; True ends the run
                there, as if there were no more ticks.

        Returns:
            Events by transition, for each sink how many events it was told of and how many it has delivered, and where
            there was a pace how well it was kept.

        Raises:
            AlreadyStartedError: a generator runs once.
            ModelError: the pace makes no sense; or the factory gives no subject, or the same object twice.
            DeliveryError: a sink has not delivered what it accepted.
            Exception: whatever factory, callback or sink raises, with a note saying for which subject, transition and
                timestamp; the sinks are closed first.
        """
        self._check_not_started()
        schedule = self._schedule(pace, late)
        self._started = True
        for _, told in taken_for_shares(self._machine.transitions()):
            warnings.warn(f"transitions: {told}", stacklevel=2)
        for state in self._machine.unexpected_ends():
            logger.warning("state %r is final: no transition leaves it, so who gets there stays", state)
        report = self._run(progress, schedule, stop)
        logger.info("%d events in %.3f s, seed %d", report.events, report.seconds, report.seed)
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
        # these bring NumPy

        clock = Clock(self.timestamp, self.tick_ms, self.ticks_num)

        def prepare() -> Walk:
            initial = self.states.index(self.initial_state)
            population = create_subjects(self.subject_factory.create, self.subjects_num, initial)
            self.subjects_states = SubjectsStates(population, self.states)
            return Walk(self._machine, population, clock, self.seed)

        def at_tick(tick: int) -> None:
            self.timestamp = clock.timestamp(tick)

        return run(self._machine, prepare, at_tick=at_tick, progress=progress, schedule=schedule, stop=stop)

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
