"""Which texts each attribute of a model can come to be."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from doge_datagen.language.assignments import Sources, assignments, closed_sets
from doge_datagen.language.scope import ENDS
from doge_datagen.model.spec import Spec


def texts_by_attribute(
    spec: Spec, starts: Mapping[str, ast.expr | None], bodies: Sequence[Sequence[ast.stmt]]
) -> dict[str, frozenset[str]]:
    """By attribute, all texts that it starts with or is assigned, directly or by way of other names.

    ``ANY_TEXT`` is among them where not all are known, since something that it is given is wrong.

    Args:
        spec: the model.
        starts: by attribute, what it starts with; None where that cannot be read.
        bodies: by transition, what it does.
    """
    attributes = spec.subjects.attributes
    sources = {name: Sources(set(attribute.values or ())) for name, attribute in attributes.items()}
    for name, node in starts.items():
        if node is not None:
            sources[name].add(node, str)
        sources[name].whole &= node is not None
    for position, (body, transition) in enumerate(zip(bodies, spec.transitions, strict=True)):
        # A variable is its action's own: it gets a name that no attribute can have.
        def own(name: str, position: int = position) -> str:
            return name if name in attributes else f"{position}:{name}"

        sources |= {own(end): Sources({getattr(transition, end)}) for end in ENDS}
        for name, value in assignments(body):
            sources.setdefault(own(name), Sources()).add(value, own)
    return closed_sets(sources)
