"""How long a sink waits for a server that does not answer, and what it says meanwhile."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic
from typing import Protocol, TypeVar

Result = TypeVar("Result")


def asked(do: Callable[[], Result]) -> Future[Result]:
    """What ``do`` gives or raises, later.

    The thread does not keep the process from ending, as those of an executor do.

    >>> asked(lambda: 7).result()
    7
    """
    answer: Future[Result] = Future()

    def run() -> None:
        try:
            answer.set_result(do())
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            answer.set_exception(error)

    threading.Thread(target=run, name="doge-asks", daemon=True).start()
    return answer


log = logging.getLogger(__name__)

SECONDS_TO_FIRST_LOOK = 0.9
"""Until then nobody is asked for a limit, which may mean to call a function of the user's."""
SECONDS_TO_FIRST_WARNING = 3.0
SECONDS_BETWEEN_WARNINGS = 10.0


class Patience(Protocol):
    """Sets the limit for waiting; moments are seconds of ``time.monotonic``, which no change of the clock moves."""

    def left(self, since: float) -> float:
        """Seconds to go on waiting for what has not moved since that moment; 0 or less where the limit is reached."""

    def left_after_stop(self, since: float) -> float:
        """The same where nothing but the user's wish to stop sets a limit; infinite until then."""

    def answered(self) -> None:
        """Take note that what was waited for has moved."""


class AtMost:
    """The same limit for each wait, of a sink that nobody stops.

    Args:
        seconds: the limit.
        now: a clock, in seconds.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._now = now

    def left(self, since: float) -> float:
        """Seconds until the limit."""
        return since + self._seconds - self._now()

    def left_after_stop(self, since: float) -> float:  # noqa: ARG002 - as the protocol has it
        """Infinite."""
        return math.inf

    def answered(self) -> None:
        """It makes no difference to the next wait."""


FOREVER = AtMost(math.inf)
"""Of a client that has limits of its own."""


class Wait:
    """One wait for a server: since when nothing has moved, whether that is too long, and warnings now and then.

    Args:
        place: as messages show it, such as ``topic trx``.
        patience: sets the limit, and is told when something moves.
        left: sets the limit in its place.
        now: a clock, in seconds.
        trouble: what is waited for, for the warnings.

    Attributes:
        since: when something has moved last, or the wait began.
    """

    def __init__(
        self,
        place: str,
        patience: Patience,
        left: Callable[[float], float] | None = None,
        *,
        now: Callable[[], float] = monotonic,
        trouble: str = "the server has not answered",
    ) -> None:
        self._place = place
        self._trouble = trouble
        self._patience = patience
        self._left = left or patience.left
        self._now = now
        self.since = now()
        self._warned = False
        self._warn_at = self.since + SECONDS_TO_FIRST_WARNING

    @property
    def seconds(self) -> float:
        """For how long nothing has moved."""
        return self._now() - self.since

    def moved(self) -> None:
        """The server has done something: waiting begins anew."""
        if self._warned:
            log.warning("%s: it goes on, after %.0f s", self._place, self.seconds)
        self._patience.answered()
        self.since = self._now()
        self._warned = False
        self._warn_at = self.since + SECONDS_TO_FIRST_WARNING

    def is_over(self) -> bool:
        """Whether nothing has moved for too long; to be asked every now and then while nothing moves."""
        if self.seconds < SECONDS_TO_FIRST_LOOK:
            return False
        left = self._left(self.since)
        if left <= 0:
            return True
        if self._now() >= self._warn_at:
            at_most = f", for {left:.0f} s more at most" if left < math.inf else ""
            log.warning("%s: %s for %.0f s; waiting%s", self._place, self._trouble, self.seconds, at_most)
            self._warned = True
            self._warn_at = self._now() + SECONDS_BETWEEN_WARNINGS
        return False
