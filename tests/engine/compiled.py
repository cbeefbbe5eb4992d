"""The numeric functions compiled, as a model's code will call them, and columns of their results."""

from functools import cache
from types import FunctionType

import numba
import numpy as np

from doge_datagen.engine.numbers import FUNCTIONS, NATIVE


@cache
def namespace():
    names = {}
    for function in FUNCTIONS:
        source = NATIVE.get(function, function)
        own = {**source.__globals__, **names}
        names[function.__name__] = numba.njit(FunctionType(source.__code__, own, function.__name__))
    return names


@cache
def driver(name, *kinds):
    """Calls a compiled function for each row of its columns; gives its results and the fault of each."""
    arguments = ", ".join(f"{column}[i]" for column in "abcdefghij"[: len(kinds)])
    columns = ", ".join("abcdefghij"[: len(kinds)])
    text = (
        f"def drive({columns}, results, faults):\n"
        f"    for i in range(len(results)):\n"
        f"        results[i] = {name}(faults[i : i + 1], {arguments})\n"
    )
    scope = dict(namespace())
    exec(text, scope)
    return numba.njit(scope["drive"])


def compiled(function, result, *columns):
    arrays = [np.asarray(column) for column in columns]
    results = np.zeros(len(arrays[0]), dtype=result)
    faults = np.zeros(len(arrays[0]), dtype=np.int64)
    driver(function.__name__, *(str(it.dtype) for it in arrays))(*arrays, results, faults)
    return results, faults


def interpreted(function, result, *columns):
    rows = zip(*(np.asarray(column).tolist() for column in columns), strict=True)
    results, faults = [], []
    for row in rows:
        fault = [0]
        results.append(function(fault, *row))
        faults.append(fault[0])
    return np.array(results, dtype=result), np.array(faults)
