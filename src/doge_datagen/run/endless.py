"""Runs without an end and without a pace, which nothing but a full disk would end, are refused."""

from __future__ import annotations

from doge_datagen.errors import ModelError
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.spec import Spec
from doge_datagen.run.how import How

PROBLEM = (
    "the run has neither an end nor a pace: it would go on as fast as it can until the disk is full. Hint: give it an "
    "end, such as --until '1 d' or --ticks 1000 (in the model file, clock: {until: 1 d}), or a pace, such as "
    "--pace realtime"
)


def check_end(spec: Spec, how: How) -> None:
    """See that a run has an end or a pace.

    Raises:
        ModelError: it has neither.
    """
    if spec.clock.ticks < ENDLESS or how.until is not None or how.paced is not None:
        return
    raise ModelError("clock", PROBLEM)
