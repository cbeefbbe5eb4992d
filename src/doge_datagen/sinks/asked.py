"""A question to a server, asked by a thread that nobody has to wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

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
