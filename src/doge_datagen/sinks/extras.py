"""Whether packages are installed, seen without importing them."""

from __future__ import annotations

from importlib.util import find_spec

from doge_datagen.errors import MissingDriverError


def check_installed(what: str, extra: str, *modules: str) -> None:
    """See that the modules of an extra are there.

    Raises:
        MissingDriverError: one is not; ``what`` says what needs it.
    """
    if any(find_spec(module) is None for module in modules):
        raise MissingDriverError(what, extra)
