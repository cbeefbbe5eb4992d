"""Names that actions set and never read, such as a misspelt attribute."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from doge_datagen.engine.expected import NeverRead
from doge_datagen.language.assigned import never_read
from doge_datagen.language.refused import Refused
from doge_datagen.language.source import body_of
from doge_datagen.model import Spec, Transition


def names_never_read(spec: Spec) -> tuple[NeverRead, ...]:
    """Each by the transition that sets it, with the attribute whose name is nearest.

    >>> from doge_datagen.model import Clock, Population
    >>> lamp = Transition('light', 'off', 'off', 1, do='tmes = times + 1')
    >>> spec = Spec('lamp', Population('lamp', 5, {'times': 0}), ['off'], 'off', [lamp], {}, Clock(0, 60000, 10))
    >>> names_never_read(spec)
    (NeverRead(trigger='light', name='tmes', line=1, column=1, near='times'),)
    """
    return tuple(found for transition in spec.transitions for found in _of(transition, list(spec.subjects.attributes)))


def _of(transition: Transition, attributes: list[str]) -> Iterator[NeverRead]:
    try:
        body = body_of(transition.do, attributes) if transition.do is not None else []
    except (Refused, RecursionError):
        return  # it is no action, so nothing can be said of it
    for node in never_read(body, attributes):
        near = get_close_matches(node.id, attributes, n=1)
        yield NeverRead(transition.trigger, node.id, node.lineno, node.col_offset + 1, near[0] if near else None)
