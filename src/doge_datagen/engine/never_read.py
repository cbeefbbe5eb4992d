"""Names that actions set and never read."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from doge_datagen.engine.expected import NeverRead
from doge_datagen.language.assigned import never_read
from doge_datagen.language.refused import Refused
from doge_datagen.language.source import body_of, file_of
from doge_datagen.model import Spec, Transition


def names_never_read(spec: Spec) -> tuple[NeverRead, ...]:
    """Each by the transition that sets it; a model that is right has none whose name is very like an attribute's.

    >>> from doge_datagen.model import Clock, Population
    >>> lamp = Transition('light', 'off', 'off', 1, do='price = 5')
    >>> spec = Spec('lamp', Population('lamp', 5, {'times': 0}), ['off'], 'off', [lamp], {}, Clock(0, 60000, 10))
    >>> names_never_read(spec)
    (NeverRead(transition=0, trigger='light', name='price', line=1, column=1, file=''),)
    """
    attributes = spec.subjects.attributes
    return tuple(found for number, it in enumerate(spec.transitions) for found in _of(number, it, attributes))


def _of(number: int, transition: Transition, attributes: Collection[str]) -> Iterator[NeverRead]:
    try:
        body = body_of(transition.do, attributes) if transition.do is not None else []
    except (Refused, RecursionError):
        return  # it is no action, so nothing can be said of it
    for node in never_read(body, attributes):
        place = node.lineno, node.col_offset + 1, file_of(transition.do)
        yield NeverRead(number, transition.trigger, node.id, *place)
