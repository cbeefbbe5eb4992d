"""A pool of threads that share the parts of a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


class Workers:
    """A pool of threads, one of which is the caller's.

    Args:
        count: how many threads, 1 or more.
    """

    def __init__(self, count: int) -> None:
        self._others = count - 1
        self._pool = ThreadPoolExecutor(count, "doge")  # starts threads only when there is work for them

    def each(self, do: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
        """Apply a function to each part, and return the results in order.

        A thread that is done with a part takes the next. No thread is working any more when this returns or raises.
        """
        made: dict[int, Result] = {}
        following = iter(list(enumerate(parts)))  # a list iterator can be shared by threads

        def work() -> None:
            for number, part in following:
                made[number] = do(part)

        # The caller works, too: with one worker nothing is handed to another thread, which costs more than a small
        # part.
        others = [self._pool.submit(work) for _ in range(self._others)]
        try:
            work()
        finally:
            # Also after an exception: the others write to arrays that the caller may free or use again.
            wait(others)
        # Only now, since an exception of one must not leave another at work.
        for other in others:
            other.result()
        return [made[number] for number in range(len(made))]

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()
