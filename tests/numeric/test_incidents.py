"""Histories of incidents, compared with their definition."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.engine.waiting.incident_spans import Spans, edges_of
from doge_datagen.engine.waiting.timelines import as_lists, incident_columns
from doge_datagen.language.time.units import NEVER
from doge_datagen.numeric.timelines import NO_EDGE, incident_begins, incident_ends, next_edge, under_way

moments = st.integers(-5, 60)
edges = st.lists(moments, unique=True, max_size=8).map(lambda it: sorted(it)[: len(it) // 2 * 2])
histories = st.lists(edges, min_size=1, max_size=3)
columns = histories.map(lambda given: (given, as_lists(incident_columns(given))))


def pairs(found):
    return list(zip(found[::2], found[1::2], strict=True))


@given(columns, moments)
def test_an_incident_is_under_way_from_its_begin_up_to_its_end(given, moment):
    for number, history in enumerate(given[0]):
        assert under_way(given[1], number, moment) == any(begin <= moment < end for begin, end in pairs(history))


@given(columns, moments)
def test_the_next_edge_is_behind_the_moment(given, moment):
    for number, history in enumerate(given[0]):
        assert next_edge(given[1], number, moment) == min([it for it in history if it > moment], default=NO_EDGE)


@given(columns, moments, st.integers(-2, 2))
def test_an_incident_is_the_one_under_way_or_the_next_or_one_that_is_some_later(given, moment, later):
    for number, history in enumerate(given[0]):
        known = pairs(history)
        place = max(0, sum(end <= moment for _, end in known) + later)
        begin, end = known[place] if place < len(known) else (NEVER, NEVER)
        assert incident_begins(given[1], number, moment, later) == begin
        assert incident_ends(given[1], number, moment, later) == end


def test_who_has_no_history_knows_no_incident():
    timeline = as_lists(incident_columns([[1, 5]]))
    assert not under_way(timeline, -1, 3)
    assert next_edge(timeline, -1, 3) == NO_EDGE
    assert incident_begins(timeline, -1, 3, 0) == incident_ends(timeline, -1, 3, 0) == NEVER


@given(st.lists(st.tuples(moments, st.integers(1, 9)), max_size=9), moments)
def test_incidents_that_overlap_or_touch_are_one(given, moment):
    spans = sorted((begin, begin + length) for begin, length in given)
    merged = edges_of(Spans(*(np.array([it[side] for it in spans], np.int64) for side in (0, 1)))).tolist()
    assert any(begin <= moment < end for begin, end in spans) == (sum(it <= moment for it in merged) % 2 == 1)
    assert merged == sorted(set(merged))
