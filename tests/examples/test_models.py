"""Every model file of the examples can be run."""

import pytest

from doge_datagen import Model
from tests.examples.programs import EXAMPLES

MODELS = sorted(EXAMPLES.glob("*/*.yaml"))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_model_runs_and_every_stream_has_records(path, seed):
    model = Model.load(path)
    few = model.resized(subjects=60 if path.stem == "shop" else 150)
    counts = dict.fromkeys(model.streams, 0)
    for stream, batch in few.batches(seed=seed, engine="interpreted"):
        counts[stream] += batch.num_rows
    assert all(counts.values()), counts


@pytest.mark.slow
def test_the_amounts_of_fraud_are_those_drawn_by_its_actions():
    """Thieves test a stolen card with 50 to 300 cents, and owners pay at least 100."""
    model = Model.load(EXAMPLES / "fraud" / "fraud.yaml").resized(subjects=150)
    payments = model.table("payments", seed=1, engine="interpreted").to_pylist()
    thief = [it["by_thief"] for it in model.table("truth", seed=1, engine="interpreted").to_pylist()]
    tries = [it["amount"] for it, stolen in zip(payments, thief, strict=True) if stolen and it["amount"] < 1000]
    assert tries
    assert all(50 <= amount <= 300 for amount in tries)
    travels = [it["amount"] for it in payments if it["merchant"] == "travel"]
    assert travels
    assert all(8000 <= amount <= 60000 for amount in travels)
