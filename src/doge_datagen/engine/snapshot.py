"""All that the rest of a run depends on, taken between two windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

NEVER = 2**62
"""When those wake who do not wake before the last tick."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Where every subject is; both engines take the same, and go on from what the other took.

    It is good for a run of the same program, seed and number of ticks.

    Attributes:
        tick: the one that comes next.
        ticks: how many there are in all: whoever does not wake before the last is not known to wake at all.
        wakes: by subject, the tick of its next try, int64; ``NEVER`` where there is none.
        tries: by subject, the number of the transition that it will try, int32; -1 where it never wakes.
        steps: by subject, how many choices were left to chance, uint32.
        attributes: by name, the values of all subjects.
    """

    tick: int
    ticks: int
    wakes: npt.NDArray[np.int64]
    tries: npt.NDArray[np.int32]
    steps: npt.NDArray[np.uint32]
    attributes: Mapping[str, npt.NDArray[Any]]
