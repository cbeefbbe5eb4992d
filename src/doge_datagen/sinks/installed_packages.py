"""Check that packages are installed, without importing them."""

from __future__ import annotations

from importlib.util import find_spec

from doge_datagen.errors import MissingDriverError


def check_installed(what: str, extra: str, *modules: str) -> None:
    """Check that the modules of an extra are installed.

    Args:
        what: what needs them, for the error.
        extra: name of the extra.
        modules: names of the modules.

    Raises:
        MissingDriverError: one is missing.
    """
    if any(find_spec(module) is None for module in modules):
        raise MissingDriverError(what, extra)
