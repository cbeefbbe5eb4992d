"""The numeric functions compiled as a model's code calls them, and columns of their results."""

from functools import cache
from types import FunctionType

import numpy as np

from doge_datagen.engine.compiled.code_cache import kept
from doge_datagen.numeric.functions import FUNCTIONS, NATIVE


@cache
def namespace():
    names = {}
    for function in FUNCTIONS:
        source = NATIVE.get(function, function)
        own = {**source.__globals__, **names}
        names[function.__name__] = kept(__name__)(FunctionType(source.__code__, own, function.__name__))
    return names


@cache
def driver(name, arity):
    """A program that calls a compiled function for each row; it returns the results and faults."""
    columns = [f"column_{k}" for k in range(arity)]
    text = (
        f"def drive({', '.join(columns)}, results, faults):\n"
        f"    for i in range(len(results)):\n"
        f"        results[i] = {name}(faults[i : i + 1], {', '.join(f'{column}[i]' for column in columns)})\n"
    )
    scope = dict(namespace())
    exec(text, scope)
    return kept(text)(scope["drive"])


def compiled(function, result, *columns):
    """The results and faults of a compiled function for each row of columns."""
    arrays = [np.ascontiguousarray(column) for column in columns]
    results = np.zeros(len(arrays[0]), dtype=result)
    faults = np.zeros(len(arrays[0]), dtype=np.int64)
    driver(function.__name__, len(arrays))(*arrays, results, faults)
    return results, faults


def interpreted(function, result, *columns):
    """The same, interpreted by Python."""
    results, faults = [], []
    for row in zip(*(np.asarray(column).tolist() for column in columns), strict=True):
        fault = [0]
        results.append(function(fault, *row))
        faults.append(fault[0])
    return np.array(results, dtype=result), np.array(faults)


def assert_compiles_to_the_same(function, result, *columns):
    """Assert that each result and fault of the compiled function equals Python's, bit for bit."""
    one, one_faults = compiled(function, result, *columns)
    other, other_faults = interpreted(function, result, *columns)
    same = one.view(np.int64) == other.view(np.int64)
    if result is float:
        same |= np.isnan(one) & np.isnan(other)
    wrong = np.flatnonzero(~same | (one_faults != other_faults))
    assert not wrong.size, [(*(column[i] for column in columns), one[i], other[i]) for i in wrong[:3]]
