"""Code that cannot fail is recognized, and no other code."""

import ast
import inspect

import pytest

from doge_datagen.language.arithmetic import HARMLESS, may_fault
from doge_datagen.numeric.functions import plain_names


@pytest.mark.parametrize("name", sorted(HARMLESS))
def test_code_without_possible_faults_never_uses_the_fault(name):
    """Except to pass it to another such function. The name of a draw represents the function that computes it."""
    names = plain_names()
    function = names.get(f"from_words_{name}", names[name])
    fault = next(iter(inspect.signature(function).parameters))
    nodes = list(ast.walk(ast.parse(inspect.getsource(function))))
    used = [node for node in nodes if isinstance(node, ast.Name) and node.id == fault]
    calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") in HARMLESS]
    assert len(used) == sum(node.args[0] in used for node in calls)


def test_the_fault_of_any_part_counts():
    assert may_fault("(hour_of(fault, add(fault, timestamp, a_x)) < 8)")
    assert not may_fault("(random(fault, key0, key1, subject, tick, 7, 0) < 0.5)")
