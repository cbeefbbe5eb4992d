"""Presses Ctrl-C at each moment of what a sink does, one after the other."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from doge_datagen import sinks
from doge_datagen.errors import SinkError

OURS = str(Path(sinks.__file__).parent)


def with_ctrl_c(moment: int, do: Callable[[], object]) -> tuple[bool, SinkError | None]:
    """Press Ctrl-C at a moment of ``do``, numbered from 1; whether it ended before, and its error.

    Python looks for signals where a function of Python begins and where one in C has ended. Here only functions of ours
    count, and those that they call.
    """
    left = moment

    def press(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal left
        if (event == "call" and (is_ours(frame) or is_ours(frame.f_back))) or (event == "c_return" and is_ours(frame)):
            left -= 1
            if not left:
                raise KeyboardInterrupt  # which also ends the profile

    sys.setprofile(press)
    try:
        error = error_of(do)
    except KeyboardInterrupt:
        error = None
    finally:
        sys.setprofile(None)
    return left > 0, error


def is_ours(frame: FrameType | None) -> bool:
    """Whether it is of a module of the sinks."""
    return frame is not None and frame.f_code.co_filename.startswith(OURS)


def error_of(do: Callable[[], object]) -> SinkError | None:
    """The error of a sink, as a value."""
    try:
        do()
    except SinkError as error:
        return error
    return None
