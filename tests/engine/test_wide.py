"""Both engines give the same records, or the same fault, for wide models with mixed types."""

import os

import pytest

from doge_datagen.errors import CalculationError
from tests.engine.models import records_of
from tests.engine.wide import wide

FIRST = int(os.environ.get("DOGE_FUZZ_SEED", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("DOGE_FUZZ_MODELS", "1")))


def outcome(spec, engine):
    try:
        return records_of(spec, engine=engine)
    except CalculationError as error:
        return str(error)


@pytest.mark.slow
@pytest.mark.fuzz
@pytest.mark.parametrize("seed", SEEDS)
def test_both_engines_give_the_same_for_a_wide_model(seed):
    spec = wide(seed)
    assert outcome(spec, "compiled") == outcome(spec, "interpreted")
