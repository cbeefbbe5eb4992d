"""Whether tries are foreseen in columns or thought one after the other, the same happens."""

import pytest

from doge_datagen.engine.interpreted import draw_buffer, lookahead
from tests.engine.machines import MACHINES, engine_histories

SUBJECTS, TICKS, SEED = 300, 200, 5


def happened(name, monkeypatch, **settings):
    for setting, value in settings.items():
        monkeypatch.setattr(draw_buffer if setting == "WIDEST" else lookahead, setting, value)
    return engine_histories(MACHINES[name], SUBJECTS, TICKS, SEED)


@pytest.mark.slow
@pytest.mark.parametrize("name", MACHINES)
@pytest.mark.parametrize(
    "settings",
    [
        {"FEW": 0},
        {"FEW": 0, "WIDEST": 4},
        {"FEW": 50, "TRIES": 100},
        {"FEW": 0, "TRIES": 10**6},
        {"TRIES": 1},
    ],
    ids=str,
)
def test_the_size_of_the_lookahead_changes_nothing(name, settings, monkeypatch):
    one_by_one = happened(name, monkeypatch, FEW=10**9)
    monkeypatch.undo()
    assert happened(name, monkeypatch, **settings) == one_by_one


@pytest.mark.parametrize("name", MACHINES)
def test_a_subject_alone_has_the_same_life_as_among_many(name):
    assert (
        engine_histories(MACHINES[name], 1, TICKS, SEED) == engine_histories(MACHINES[name], SUBJECTS, TICKS, SEED)[:1]
    )
