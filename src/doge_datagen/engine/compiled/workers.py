"""Threads that share the work of one step, and come to its end together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


class Workers:
    """So many threads, of which the caller is one.

    Args:
        count: 1 or more.
    """

    def __init__(self, count: int) -> None:
        self._others = count - 1
        self._pool = ThreadPoolExecutor(count, "doge")  # begins a thread where there is something for it to do

    def each(self, do: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
        """What is made of each part; who is done with one takes the next. Nobody is at work when this ends."""
        made: dict[int, Result] = {}
        following = iter(list(enumerate(parts)))  # that of a list can be shared by threads

        def work() -> None:
            for number, part in following:
                made[number] = do(part)

        others = [self._pool.submit(work) for _ in range(self._others)]
        try:
            work()
        finally:
            wait(others)
        for other in others:
            other.result()
        return [made[number] for number in range(len(made))]

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()
