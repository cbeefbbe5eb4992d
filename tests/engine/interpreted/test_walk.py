import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen import MemorySink, Transition
from doge_datagen.engine.interpreted.walk import Subjects, Walk
from doge_datagen.model import Clock, Machine
from tests.engine.machines import MACHINES, engine_histories

seeds = st.integers(0, 2**64 - 1)


class Recorder:
    def __init__(self):
        self.seen = []

    def collect(self, timestamp, subject, transition):
        self.seen.append((timestamp, subject, transition.trigger))

    def close(self):
        pass


def recorded(seed, subjects=40, ticks=60, start=0, tick_ms=1):
    sink = Recorder()
    machine = Machine.of(["x", "y"], "x")
    machine.add(Transition("go", "x", "y", 20, None, [sink]))
    machine.add(Transition("turn", "x", "x", 30, None, [sink]))
    machine.add(Transition("back", "y", "x", 100, None, [sink]))
    for _ in Walk(machine, Subjects(range(subjects), [0] * subjects), Clock(start, tick_ms, ticks), seed):
        pass
    return sink.seen


@given(seeds)
def test_events_are_ordered_by_tick_and_subject_with_at_most_one_per_tick(seed):
    places = [(tick, subject) for tick, subject, _ in recorded(seed)]
    assert places == sorted(set(places))


@given(seeds, st.integers(1, 39))
def test_the_events_of_a_subject_do_not_depend_on_the_others(seed, fewer):
    everybody = [event for event in recorded(seed) if event[1] < fewer]
    assert recorded(seed, subjects=fewer) == everybody


@given(seeds, st.integers(0, 59))
def test_a_longer_run_starts_like_a_shorter_one(seed, fewer):
    assert recorded(seed, ticks=fewer) == [event for event in recorded(seed) if event[0] < fewer]


@given(seeds)
def test_timestamps_grow_by_one_tick_from_the_start(seed):
    expected = [(1000 + 250 * tick, subject, trigger) for tick, subject, trigger in recorded(seed)]
    assert recorded(seed, start=1000, tick_ms=250) == expected


@pytest.mark.parametrize("name", MACHINES)
def test_a_seed_repeats_the_run_and_another_seed_does_not(name):
    first = engine_histories(MACHINES[name], 100, 100, seed=1)
    assert first == engine_histories(MACHINES[name], 100, 100, seed=1)
    assert first != engine_histories(MACHINES[name], 100, 100, seed=2)


def test_the_width_of_the_draw_buffer_changes_nothing():
    """The number of buffered draws depends on the number of subjects; the draws must not."""
    wide = engine_histories(MACHINES["certain cycle"], 50, 300, seed=5)
    assert engine_histories(MACHINES["certain cycle"], 50, 300, seed=5, draws=4) == wide


@pytest.mark.parametrize(("subjects", "ticks"), [(0, 10), (10, 0), (0, 0)])
def test_without_subjects_or_ticks_there_are_no_events(subjects, ticks):
    assert recorded(1, subjects=subjects, ticks=ticks) == []


def test_only_ticks_with_awake_subjects_are_yielded():
    machine = MACHINES["tiny chance"]
    walk = Walk(machine, Subjects([], []), Clock(0, 1, 10**15), seed=1)
    assert list(walk) == []


def test_a_final_state_costs_nothing_however_long_the_run():
    machine = Machine.of(["x", "y"], "x")
    sink = MemorySink()
    machine.add(Transition("end", "x", "y", 100, None, [sink]))
    ticks = list(Walk(machine, Subjects(["only one"], [0]), Clock(0, 1, 10**15), seed=1))
    assert ticks == [0]
    assert len(sink.records) == 1
