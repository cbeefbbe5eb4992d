"""A seed always gives the same events: a changed digest here would change the runs of every user."""

from hashlib import sha256

import pytest

from tests.engine.machines import MACHINES, engine_histories

GOLDEN = {
    "banking": "2edddaff72d83d1a",
    "every tick": "d0a137ce13fc48b9",
    "certain cycle": "186628616670781a",
    "tiny chance": "c8f809bd53480a7e",
    "blocked": "cbb4a20b722423ce",
    "final states": "cb8572407403dcd1",
    "many ways": "52413a6b74c2c9c7",
}


@pytest.mark.parametrize("name", MACHINES)
def test_a_seed_always_gives_the_same_events_on_every_machine(name):
    histories = engine_histories(MACHINES[name], 100, 200, seed=2022)
    assert sha256(repr(histories).encode()).hexdigest()[:16] == GOLDEN[name]
