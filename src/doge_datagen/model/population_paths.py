"""Where the parts of a population are: at the top of a model, or below its name if the model has several."""

from __future__ import annotations

Path = tuple[str | int, ...]

POPULATIONS, SUBJECTS = "populations", "subjects"
MACHINE = ("states", "initial", "transitions", "matrix", "dwells", "dwell_rhythms")
"""The parts of a population that stand beside ``subjects`` in the short form."""


def in_population(name: str, path: Path) -> Path:
    """The path in a model of several populations, of a part of one of them; other paths stay as they are.

    >>> in_population('shop', ('subjects', 'count')), in_population('shop', ('transitions', 0, 'do'))
    (('populations', 'shop', 'count'), ('populations', 'shop', 'transitions', 0, 'do'))
    >>> in_population('shop', ('streams', 'sales'))
    ('streams', 'sales')
    """
    match path:
        case ("subjects", *below):
            return (POPULATIONS, name, *below)
        case (first, *_) if first in MACHINE:
            return (POPULATIONS, name, *path)
    return path


def of_population(path: Path) -> tuple[str | None, Path]:
    """The reverse of :func:`in_population`: the population, and the path in a model of it alone.

    >>> of_population(('populations', 'shop', 'count')), of_population(('populations', 'shop', 'states', 0))
    (('shop', ('subjects', 'count')), ('shop', ('states', 0)))
    >>> of_population(('clock', 'start'))
    (None, ('clock', 'start'))
    """
    match path:
        case ("populations", str(name), first, *below) if first in MACHINE:
            return name, (first, *below)
        case ("populations", str(name), *below):
            return name, (SUBJECTS, *below)
    return None, path
