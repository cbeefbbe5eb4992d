"""The warning about destinations that hold records but no position of the named run that writes to them."""

from __future__ import annotations

import logging
from collections.abc import Iterable

log = logging.getLogger(__name__)

LOST = (
    "%s has records already, but no position of run %s, which therefore starts there with its first tick. If the "
    "records are from this run, its position was lost (was doge_positions, or its row in doge_position, deleted?) and "
    "all of them WILL BE DUPLICATED: stop the run, then empty the destination, or choose another one and another run "
    "ID. If they are from other runs, nothing is wrong"
)


def warn_of_lost_positions(run_id: str | None, places: Iterable[str]) -> None:
    """Warn about each of these destinations, which have records but no position of the run."""
    for place in places:
        log.warning(LOST, place, run_id)
