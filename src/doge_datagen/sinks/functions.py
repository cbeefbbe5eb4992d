"""The functions a user gives a sink, checked when it is made and not at its first event."""

from __future__ import annotations

from doge_datagen.errors import ModelError


def check_functions(place: str, **functions: object) -> None:
    """Nothing, where each of the functions can be called.

    Raises:
        ModelError: one cannot.

    >>> check_functions('MemorySink', value_function=str)
    >>> check_functions('PrintingSink', format_function='{subject}')
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: PrintingSink.format_function: '{subject}' cannot be called; give a function
    """
    for name, function in functions.items():
        if not callable(function):
            raise ModelError(f"{place}.{name}", f"{function!r} cannot be called; give a function")
