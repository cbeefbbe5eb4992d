"""Report the progress of a run to its listener, not too often."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doge_datagen.run.reporting.report import Progress, ProgressListener

SECONDS_BETWEEN_PROGRESS = 0.1


class ProgressReports:
    """Reports to a listener up to ten times per second, the first time at once.

    Args:
        listener: the listener; None for none, and no report is ever due.
    """

    def __init__(self, listener: ProgressListener | None) -> None:
        self._listener = listener
        self._due_at = monotonic()

    def is_due(self, *, last: bool = False) -> bool:
        """Whether to report now; the last report of a run always is."""
        return self._listener is not None and (last or monotonic() >= self._due_at)

    def tell(self, progress: Progress) -> None:
        """Report, whether it is due or not."""
        if self._listener is not None:
            self._due_at = monotonic() + SECONDS_BETWEEN_PROGRESS
            self._listener(progress)
