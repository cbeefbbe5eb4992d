"""Spawning transitions in model files: short and long forms, dumps, identity."""

from dataclasses import replace

import pytest

from doge_datagen import Model, Spawn
from doge_datagen.errors import InvalidModelError
from doge_datagen.modelfile.dump import dump
from doge_datagen.run.resuming.identity import identity
from tests.populations import tables
from tests.spawned import CUSTOMER, ORDER, PARCEL, shop

SHORT = """
doge: 1
name: shop
clock: {start: '2026-01-01T00:00:00Z', until: '2026-01-03T00:00:00Z'}
populations:
  customer:
    count: 5
    states: [here]
    initial: here
    transitions:
      - {trigger: visit, from: here, rate: 5/d, spawn: SPAWN}
  session:
    born: {emit: sessions}
    states: [open]
    initial: open
    transitions: []
streams:
  sessions: {fields: {ts: timestamp, id: id}}
"""


@pytest.mark.parametrize("form", ["session", "[session]", "{population: session}", "[{population: session, times: 1}]"])
def test_short_and_long_forms_mean_the_same(form, tmp_path):
    assert loaded(tmp_path, form).spec == loaded(tmp_path, "session").spec


def loaded(folder, form):
    path = folder / "shop.yaml"
    path.write_text(SHORT.replace("SPAWN", form))
    return Model.load(path)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("7", "7 is not"),
        ("{population: session, with: 7}", "transitions.visit.spawn.with: 7 is not a mapping"),
        ("{population: sesion}", "transitions.visit.spawn.population: 'sesion' is not a population"),
        ("{populaton: session}", "there is no such key. Hint: did you mean 'population'?"),
        ("{population: session, with: {n: indx}}", "transitions.visit.spawn.with.n: 'indx' is unknown"),
    ],
)
def test_a_mistake_is_reported_with_its_line(form, message, tmp_path):
    with pytest.raises(InvalidModelError) as caught:
        loaded(tmp_path, form)
    assert "shop.yaml:11:" in str(caught.value)
    assert message in str(caught.value)


def test_a_model_survives_a_dump(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(dump(shop(everything=True).spec))
    again = Model.load(path)
    assert dump(again.spec) == path.read_text()
    assert tables(again, engine="interpreted") == tables(shop(everything=True), engine="interpreted")


@pytest.mark.parametrize(
    "spawn",
    [
        Spawn("order", {"amount": "total + 1.0", "level": "level"}),
        Spawn("order", {"amount": "total", "level": "level"}, 2),
        Spawn("order", {"level": "level", "amount": "total"}, "randint(0, 2)"),
    ],
    ids=["another value", "another number", "another order"],
)
def test_spawned_subjects_are_part_of_the_identity(spawn):
    other = shop(replace(CUSTOMER, transitions=[replace(CUSTOMER.transitions[0], spawn=spawn)]), ORDER, PARCEL)
    assert identity(shop().program, 1) != identity(other.program, 1)
