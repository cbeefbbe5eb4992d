"""Arrivals and births as values."""

from dataclasses import replace
from inspect import signature

import pytest

from doge_datagen.model import Arrival, Born


def test_a_birth_has_only_parameters_that_apply():
    assert list(signature(Born).parameters) == ["trigger", "do", "emit", "spawn"]
    assert set(signature(Born).parameters) < set(signature(Arrival).parameters)
    with pytest.raises(TypeError):
        Born(rate="3/d")


def test_births_are_values_that_can_be_changed():
    placed = Born("placed", emit="orders")
    assert placed == Born("placed", emit=["orders"])
    assert replace(placed, trigger="made") == Born("made", emit="orders")
    assert placed != Arrival("0/d", trigger="placed", emit="orders")
    assert (placed.rate, placed.initially, placed.rhythm) == ("0/d", 0, None)
