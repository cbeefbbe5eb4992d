"""Both engines evaluate exactly what Python evaluates, in every position of a model."""

import pytest

from tests.engine.evaluation import ENGINES, NONE, PLACES, faults, raises, written


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("place", PLACES)
def test_there_is_a_fault_where_python_raises_and_nowhere_else(place, engine):
    texts = written(place)
    expected = {text: raises(place, case) for case, text in texts.items()}
    assert {text: faults(engine, case) for case, text in texts.items()} == expected
    assert len(set(expected.values())) == 2


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_case_without_a_hazard_has_no_fault(engine):
    assert not faults(engine, NONE)
