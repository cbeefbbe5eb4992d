"""A transition may be rejected if its action can reject."""

import pytest

from doge_datagen import Transition
from doge_datagen.forecast.action_analysis import may_be_rejected


def earns(subject, draw):
    subject.balance += 1


def requires(subject, draw):
    require(subject.balance > 0)  # noqa: F821 - a word of the models' language


def returns(subject, draw):
    if subject.balance < 0:
        return False
    subject.balance -= 1
    return True


@pytest.mark.parametrize(
    "do", ["require(balance > 1)", "if balance < 1:\n    return False\nbalance -= 1", requires, returns]
)
def test_an_action_that_can_reject_may_reject(do):
    assert may_be_rejected(Transition("a", "x", "y", 1, do=do))


@pytest.mark.parametrize("do", [None, "balance += 1", "required = 1", "note = 'require(x) and return'", earns])
def test_an_action_that_cannot_reject_does_not_block(do):
    assert not may_be_rejected(Transition("a", "x", "y", 1, do=do))


@pytest.mark.parametrize("do", ["no Python", lambda subject, draw: subject, print, "balance += 1\0"])
def test_an_action_without_source_may_reject(do):
    assert may_be_rejected(Transition("a", "x", "y", 1, do=do))


def test_a_callback_may_reject_a_transition():
    assert may_be_rejected(Transition("a", "x", "y", 1, lambda subject, transition: True))
