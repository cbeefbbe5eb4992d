"""A run resumes only from a checkpoint that fits exactly."""

import json
from dataclasses import replace

import numpy as np
import pytest

from doge_datagen.engine.checkpoint import NEVER, layout
from doge_datagen.language.lookup_data import ModelData
from doge_datagen.run.resuming.checkpoint_file import StoredCheckpoint, read, write
from doge_datagen.run.simulation.engine_choice import make_engine
from tests.compiling import program_of
from tests.engine.models import SEED, model_named

TICK = 40


@pytest.fixture(scope="module")
def program():
    """A program with attributes of every type."""
    return program_of(model_named("shop"))


@pytest.fixture(scope="module")
def kept(program):
    """A checkpoint of the program."""
    engine = make_engine(program, SEED, engine="interpreted")
    engine.window(TICK)
    states = [program.spec.population.count, *[0] * (len(program.spec.population.states) - 1)]
    return StoredCheckpoint(engine.checkpoint(), states)


@pytest.fixture
def path(tmp_path):
    """The path of the stored checkpoint."""
    return tmp_path / "snapshot.npz"


def arrays(kept):
    taken = kept.checkpoint
    return {**taken.walk, **taken.attributes}


@pytest.mark.parametrize("stages", [(), (b"in flight",), (b"", *map(bytes, range(1, 12)))])
def test_a_stored_checkpoint_is_read_back(program, kept, path, stages):
    write(path, kept._replace(stages=stages), "of", program)
    actual = read(path, "of", program, TICK)
    assert (actual.census, actual.stages) == (kept.census, stages)
    for name, column in arrays(kept).items():
        np.testing.assert_array_equal(arrays(actual)[name], column)


def fewer(column):
    return column[:-1]


def with_first(value):
    def changed(column):
        other = column.copy()
        other[0] = value
        return other

    return changed


COLUMNS = {
    "a subject fewer": ("wakes", fewer),
    "a step fewer": ("steps", fewer),
    "another type": ("tries", lambda it: it.astype("int64")),
    "wakes in the past": ("wakes", with_first(TICK - 1)),
    "wakes after the end": ("wakes", with_first(10**6)),
    "tries nothing, yet wakes": ("tries", with_first(-1)),
    "tries what is no transition": ("tries", with_first(99)),
    "never wakes, yet tries": ("wakes", with_first(NEVER)),
}


def refused(path, kept, program, caplog):
    write(path, kept, "of", program)
    assert read(path, "of", program, TICK) is None
    assert "so everything is simulated again" in caplog.text


@pytest.mark.parametrize("what", COLUMNS)
def test_an_unusable_column_leads_to_simulating_again(program, kept, path, caplog, what):
    name, change = COLUMNS[what]
    walk = kept.checkpoint.walk
    other = replace(kept.checkpoint, walk={**walk, name: change(walk[name])})
    refused(path, StoredCheckpoint(other, kept.census), program, caplog)


ATTRIBUTES = {
    "one is missing": lambda it: {name: column for name, column in it.items() if name != "stock"},
    "one too many": lambda it: {**it, "other": it["stock"]},
    "one is called otherwise": lambda it: {name.replace("stock", "stack"): column for name, column in it.items()},
    "one has a subject fewer": lambda it: {**it, "stock": it["stock"][:-1]},
    "one has another type": lambda it: {**it, "stock": it["stock"].astype("float64")},
    "a text is unknown": lambda it: {**it, "mood": with_first(10**6)(it["mood"])},
}


@pytest.mark.parametrize("what", ATTRIBUTES)
def test_unusable_attributes_lead_to_simulating_again(program, kept, path, caplog, what):
    other = replace(kept.checkpoint, attributes=ATTRIBUTES[what](dict(kept.checkpoint.attributes)))
    refused(path, StoredCheckpoint(other, kept.census), program, caplog)


@pytest.mark.parametrize("census", [[], [40], [41, 0, 0, 0, 0], [41, -1, 0, 0, 0], [40, 0, 0, 0, 0, 0]])
def test_an_unusable_census_leads_to_simulating_again(program, kept, path, caplog, census):
    refused(path, StoredCheckpoint(kept.checkpoint, census), program, caplog)


@pytest.mark.parametrize(("of", "another"), [("version", 0), ("package", "0.0.1"), ("texts", "of others")])
def test_another_version_leads_to_simulating_again(program, kept, path, caplog, of, another):
    write(path, kept, "of", program)
    with np.load(path) as stored:
        columns = dict(stored)
    described = json.loads(str(columns["layout"]))
    assert described[of] != another
    columns["layout"] = np.array(json.dumps(described | {of: another}, ensure_ascii=False))
    np.savez(path, **columns)
    assert read(path, "of", program, TICK) is None
    assert "it is of another version" in caplog.text


def test_other_strings_are_another_version(program):
    data = ModelData()
    data.text("another")
    assert layout(replace(program, data=data)) != layout(program)


@pytest.mark.parametrize(("of", "ticks", "at_most"), [("else", 120, TICK), ("of", 121, TICK), ("of", 120, TICK - 1)])
def test_a_checkpoint_of_another_run_is_ignored_silently(program, kept, path, caplog, of, ticks, at_most):
    write(path, kept, "of", program)
    spec = replace(program.spec, clock=replace(program.spec.clock, ticks=ticks))
    assert read(path, of, replace(program, spec=spec), at_most) is None
    assert not caplog.text


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_file_leads_to_simulating_again(program, kept, path, caplog, seed):
    write(path, kept, "of", program)
    whole, dice = path.read_bytes(), np.random.default_rng(seed)
    damaged = bytearray(whole)
    for index in dice.integers(0, len(whole), 50):
        damaged[index] ^= int(dice.integers(1, 256))
    path.write_bytes(damaged if seed % 2 else whole[: int(dice.integers(0, len(whole)))])
    assert read(path, "of", program, TICK) is None
    assert "so everything is simulated again" in caplog.text


def test_a_full_disk_is_a_warning_and_leaves_no_file(program, kept, path, caplog, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    write(path, kept, "of", program)
    assert "the checkpoint was not saved: [Errno 28] No space left on device" in caplog.text
    assert not list(path.parent.iterdir())
