"""Draws, named and meant as in Python's ``random``, each from the 128 bits of one block of Philox.

``a, b, c, d`` are the block's four words: independent, each uniform in 0 to 2**32 - 1.
"""

# ruff: noqa: ARG001 - every draw is called with the whole block, also where it needs less

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.engine.faults import EMPTY_RANGE, Fault, fail


def random(fault: Fault, a: int, b: int, c: int, d: int) -> float:
    """Uniform in [0, 1)."""
    return 0.0


def uniform(fault: Fault, a: int, b: int, c: int, d: int, low: float, high: float) -> float:
    """Uniform between two numbers."""
    return 0.0


def triangular(fault: Fault, a: int, b: int, c: int, d: int, low: float, high: float, mode: float) -> float:
    """Triangular between low and high with its peak at mode."""
    return 0.0


def index_of(fault: Fault, a: int, b: int, c: int, d: int, n: int) -> int:
    """Each of 0 to n - 1 alike."""
    fail(fault, EMPTY_RANGE)
    return 0


def randrange(fault: Fault, a: int, b: int, c: int, d: int, start: int, stop: int, step: int) -> int:
    """Each of range(start, stop, step) alike."""
    return 0


def randint(fault: Fault, a: int, b: int, c: int, d: int, low: int, high: int) -> int:
    """Each of low to high alike, both included."""
    return 0


def gauss(fault: Fault, a: int, b: int, c: int, d: int, mu: float, sigma: float) -> float:
    """Normal."""
    return 0.0


def normalvariate(fault: Fault, a: int, b: int, c: int, d: int, mu: float, sigma: float) -> float:
    """Normal; the same as gauss."""
    return 0.0


def lognormvariate(fault: Fault, a: int, b: int, c: int, d: int, mu: float, sigma: float) -> float:
    """Log-normal."""
    return 0.0


def expovariate(fault: Fault, a: int, b: int, c: int, d: int, lambd: float) -> float:
    """Exponential with mean 1 / lambd."""
    return 0.0


def paretovariate(fault: Fault, a: int, b: int, c: int, d: int, alpha: float) -> float:
    """Pareto with shape alpha."""
    return 0.0


def weibullvariate(fault: Fault, a: int, b: int, c: int, d: int, alpha: float, beta: float) -> float:
    """Weibull with scale alpha and shape beta."""
    return 0.0


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    random,
    uniform,
    triangular,
    index_of,
    randrange,
    randint,
    gauss,
    normalvariate,
    lognormvariate,
    expovariate,
    paretovariate,
    weibullvariate,
)
"""In the order in which they call each other."""
