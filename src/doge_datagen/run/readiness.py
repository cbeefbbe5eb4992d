"""Which engine is done first: plain Python is at work at once, a compiler takes seconds before it is fast."""

from __future__ import annotations

from importlib.util import find_spec

from doge_datagen.engine.choose import AUTO, COMPILED, FEW, INTERPRETED, tries
from doge_datagen.engine.expectation import expectation
from doge_datagen.errors import MissingDriverError
from doge_datagen.model.spec import Spec
from doge_datagen.model.translation import program_of

STATES = 100  # up to which the algebra takes no time worth mentioning


def first_done(spec: Spec, asked: str = AUTO) -> str:
    """The engine that ``auto`` stands for where the caller wants to know; another that is asked for stays.

    Looks closer than the engines' own choice, which reckons with the busiest state: a model that waits most of the
    time has few events in many ticks.

    Args:
        spec: a model whose parts fit together.
        asked: ``auto``, ``compiled`` or ``interpreted``.

    Raises:
        MissingDriverError: the compiled engine is asked for, and Numba is not installed.

    >>> from doge_datagen.model import Clock, Population, Transition
    >>> ways = [Transition('come', 'away', 'here', 0.001), Transition('go', 'here', 'away', 50)]
    >>> shop = Spec('shop', Population('user', 1000), ['away', 'here'], 'away', ways, {}, Clock(0, 60_000, 10_000))
    >>> first_done(shop)
    'interpreted'
    """
    has_numba = find_spec("numba") is not None
    if asked == COMPILED and not has_numba:
        raise MissingDriverError("the compiled engine", "fast")
    if asked != AUTO:
        return asked
    return COMPILED if has_numba and not _is_small(spec) else INTERPRETED


def _is_small(spec: Spec) -> bool:
    if tries(program_of(spec)) <= FEW:
        return True
    if spec.subjects.count > FEW or len(spec.states) > STATES:
        return False
    events = expectation(spec).events.total
    return events is not None and spec.subjects.count + events <= FEW
