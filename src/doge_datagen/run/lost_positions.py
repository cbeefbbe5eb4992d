"""Places that a run with a name may have delivered to before, though nothing says how far it came."""

from __future__ import annotations

import logging
from collections.abc import Iterable

log = logging.getLogger(__name__)

LOST = (
    "%s has records already, but no position of run %s, which therefore begins there with its first tick. If they are "
    "of this run, its position was lost (was doge_positions, or its row in doge_position, deleted?) and all of them "
    "WILL BE THERE TWICE: stop the run, and empty the place or name another, with another run id. If they are of other "
    "runs, nothing is wrong"
)


def warn_of_lost_positions(run_id: str | None, places: Iterable[str]) -> None:
    """Say of each of these places that it has records but no position of the run."""
    for place in places:
        log.warning(LOST, place, run_id)
