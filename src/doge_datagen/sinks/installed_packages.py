"""Check that packages are installed, without importing them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from doge_datagen.errors import MissingDriverError


@dataclass(frozen=True, slots=True)
class Packages:
    """Optional packages.

    Attributes:
        what: what needs them, for the error.
        extra: name of the extra that installs them.
        modules: names of their modules.
    """

    what: str
    extra: str
    modules: tuple[str, ...]


def check_installed(packages: Packages) -> None:
    """Check that packages are installed.

    Raises:
        MissingDriverError: one is missing.
    """
    if any(find_spec(module) is None for module in packages.modules):
        raise MissingDriverError(packages.what, packages.extra)
