"""Those who are spawned reach the engine of their population once, whatever windows it has."""

import numpy as np

from doge_datagen.engine.arriving.spawn_queue import BirthQueue, Spawned


def queue(*moments):
    made = BirthQueue(0)
    made.add(Spawned(np.array(moments), {}))
    return made


def taken(births, tick, end, most=9):
    return births.take(tick, end, most).moments.tolist()


def test_each_window_has_those_who_begin_in_it():
    births = queue(1, 5, 5, 8)
    assert [taken(births, 0, 5), taken(births, 5, 8), taken(births, 8, 9)] == [[1], [5, 5], [8]]


def test_whom_a_window_has_taken_beyond_its_end_no_later_one_takes_again():
    births = queue(1, 5, 20, 40, 60)
    assert taken(births, 0, 50) == [1, 5, 20, 40]
    assert [taken(births, 10, 30), taken(births, 30, 45), taken(births, 45, 70)] == [[], [], [60]]


def test_a_window_with_too_many_ends_before_the_first_who_is_left_out():
    births = queue(1, 2, 3, 4)
    found = births.take(0, 9, 2)
    assert (found.end, found.moments.tolist(), taken(births, 3, 9)) == (3, [1, 2], [3, 4])


def test_how_many_have_begun_before_a_tick_is_known_after_all_have_been_taken():
    births = queue(1, 5, 8)
    taken(births, 0, 9)
    assert [births.arrived(tick) for tick in (0, 5, 6, 9)] == [0, 1, 2, 3]
