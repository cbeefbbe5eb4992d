"""Each shipped model gives the same bytes with any engine, workers, windows and slices."""

from functools import cache
from importlib.resources import as_file

import pytest

from doge_datagen import Model
from doge_datagen.engine.subject_slice import slice_of
from doge_datagen.gallery.shipped import shipped
from tests.engine.test_subject_slice import engine_of, merged, records
from tests.run.ledger import Killed, Ledger

HOUR = 3_600_000
SHORT = {
    "cafe": (12, 500),
    "bank": (30, 3000),
    "sessions": (60, 60 * HOUR),
    "funnel": (100, 20 * HOUR),
    "recommend": (20, 120 * HOUR),
    "orders": ({"customer": 15}, 480 * HOUR),
    "fraud": ({"customer": 20}, 960 * HOUR),
    "features": (20, 240 * HOUR),
    "bots": ({"person": 10, "bot": 1, "stray": 5}, 60 * HOUR),
    "music": (25, 100 * HOUR),
    "nexmark": ({}, 20_000),
}
"""The subjects and ticks of each model; they need no other kernel."""


@cache
def short(name):
    subjects, ticks = SHORT[name]
    with as_file(shipped()[name].file) as path:
        return Model.load(path).resized(subjects=subjects, ticks=ticks)


@cache
def expected(name):
    return rows(name, engine="interpreted")


def rows(name, **kwargs):
    records = {stream: [] for stream in short(name).streams}
    for stream, batch in short(name).batches(seed=2022, **kwargs):
        records[stream] += batch.to_pylist()
    return records


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_any_engine_number_of_workers_and_window_gives_the_same_records(name):
    window = short(name).clock.ticks // 37
    assert sum(map(len, expected(name).values())) > 50
    assert rows(name, engine="interpreted", window=window) == expected(name)
    for kwargs in ({}, {"workers": 2}, {"workers": 4}, {"window": window}):
        assert rows(name, engine="compiled", **kwargs) == expected(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_merged_slices_equal_the_whole_run(name):
    ticks = short(name).clock.ticks

    def of(subjects):
        return records(engine_of(short(name), "interpreted", subjects), ticks)

    everybody = slice_of(short(name).spec.with_only(short(name).spec.populations[0]), None)
    assert merged([of(everybody[first::3]) for first in range(3)]) == merged([of(None)])


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_a_killed_run_is_resumed_by_the_other_engine(name, tmp_path, monkeypatch):
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path))
    places = {stream: Ledger() for stream in short(name).streams}
    kwargs = {"run_id": "name", "commit_every": 0}
    window = max(1, short(name).clock.ticks // 20)
    calls = iter(range(9))

    def die():
        if next(calls) == 8:
            raise Killed
        return False

    with pytest.raises(Killed):
        run(name, places, engine="interpreted", window=window, stop=die, **kwargs)
    before = sum(len(it.rows) for it in places.values())
    run(name, places, engine="compiled", **kwargs)
    assert 0 < before < sum(len(it.rows) for it in places.values())
    assert {at: it.rows for at, it in places.items()} == uninterrupted(name)


def run(name, destinations, **kwargs):
    short(name).run({stream: it.sink() for stream, it in destinations.items()}, seed=2022, **kwargs)


def uninterrupted(name):
    places = {stream: Ledger() for stream in short(name).streams}
    run(name, places, engine="interpreted")
    return {stream: it.rows for stream, it in places.items()}
