"""Data Online Generator: event streams the way real actors would cause them."""

from doge_datagen.model import Transition

__all__ = ["Transition"]
