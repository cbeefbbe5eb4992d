"""Spawned subjects reach the engine of their population exactly once, whatever the windows."""

import numpy as np

from doge_datagen.engine.arriving.spawn_queue import BirthQueue, Spawned


def queue(*moments):
    created = BirthQueue(0)
    created.add(Spawned(np.array(moments), {}))
    return created


def taken(births, tick, end, most=9):
    return births.take(tick, end, most).moments.tolist()


def test_each_window_gets_the_subjects_born_in_it():
    births = queue(1, 5, 5, 8)
    assert [taken(births, 0, 5), taken(births, 5, 8), taken(births, 8, 9)] == [[1], [5, 5], [8]]


def test_subjects_taken_early_by_one_window_are_not_taken_by_a_later_one():
    births = queue(1, 5, 20, 40, 60)
    assert taken(births, 0, 50) == [1, 5, 20, 40]
    assert [taken(births, 10, 30), taken(births, 30, 45), taken(births, 45, 70)] == [[], [], [60]]


def test_a_window_with_too_many_births_ends_before_the_first_that_does_not_fit():
    births = queue(1, 2, 3, 4)
    actual = births.take(0, 9, 2)
    assert (actual.end, actual.moments.tolist(), taken(births, 3, 9)) == (3, [1, 2], [3, 4])


def test_the_number_of_births_before_a_tick_is_known_after_all_have_been_taken():
    births = queue(1, 5, 8)
    taken(births, 0, 9)
    assert [births.arrived(tick) for tick in (0, 5, 6, 9)] == [0, 1, 2, 3]
