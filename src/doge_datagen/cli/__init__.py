"""The command ``doge``; ``main`` is its door."""

from doge_datagen.cli.doge import main

__all__ = ["main"]
