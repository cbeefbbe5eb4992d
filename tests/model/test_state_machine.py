"""Probabilities that look like fractions of 1 are reported."""

import pytest

from doge_datagen.model import Transition
from doge_datagen.model.state_machine import taken_for_shares


def moves(*probabilities):
    return [Transition(f"t{number}", "a", "b", it) for number, it in enumerate(probabilities)]


@pytest.mark.parametrize("shares", [(0.8, 0.2), (0.1, 0.2, 0.7), (0.5, 0.5, 0), (1 / 3, 1 / 3, 1 / 3)])
def test_probabilities_of_a_state_that_add_up_to_1_are_reported(shares):
    (number, message), *others = taken_for_shares(moves(*shares))
    assert (number, others) == (0, [])
    assert message.startswith("probabilities leaving 'a' sum to exactly 1 (")


@pytest.mark.parametrize("percentages", [(), (1,), (80, 20), (0.8, 0.21), (0.8,), (1, 0)])
def test_other_sums_are_not_reported(percentages):
    assert list(taken_for_shares(moves(*percentages))) == []


def test_each_state_is_checked_separately():
    others = [Transition("other", "b", "a", 0.4), Transition("stay", "b", "b", 0.6)]
    assert [number for number, _ in taken_for_shares([*moves(30, 70), *others])] == [2]
