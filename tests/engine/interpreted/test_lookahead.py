"""Attempts computed in columns give the same events as attempts computed one by one."""

import pytest

from tests.engine.machines import MACHINES, engine_histories

SUBJECTS, TICKS, SEED = 300, 200, 5


@pytest.mark.slow
@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize(
    "sizes",
    [
        {"few": 0},
        {"few": 0, "draws": 4},
        {"few": 50, "attempts": 100},
        {"few": 0, "attempts": 10**6},
        {"attempts": 1},
    ],
    ids=str,
)
def test_the_size_of_the_lookahead_changes_nothing(name, sizes):
    one_by_one = engine_histories(MACHINES[name], SUBJECTS, TICKS, SEED, few=10**9)
    assert engine_histories(MACHINES[name], SUBJECTS, TICKS, SEED, **sizes) == one_by_one


@pytest.mark.parametrize("name", MACHINES)
def test_a_subject_alone_has_the_same_events_as_among_many(name):
    assert (
        engine_histories(MACHINES[name], 1, TICKS, SEED) == engine_histories(MACHINES[name], SUBJECTS, TICKS, SEED)[:1]
    )
