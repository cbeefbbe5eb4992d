"""The models that the package ships, by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

PACKAGE = "doge_datagen"
BANK, CAFE = ("demo", "bank.yaml"), ("cli", "starter.yaml")
FOLDERS = ("sessions", "funnel", "recommend", "orders", "fraud", "features", "bots", "music", "nexmark")
NAME = re.compile(r"^name: .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shipped:
    """A model of the package.

    Attributes:
        name: its name.
        file: its model file.
    """

    name: str
    file: Traversable

    @property
    def text(self) -> str:
        """The text of the model file."""
        return self.file.read_text(encoding="utf-8")

    @property
    def summary(self) -> str:
        """What it models, on one line: the first sentence of the model file.

        >>> shipped()['cafe'].summary
        'A café: customers come, order, pay and leave'
        """
        return self.text.removeprefix("# ").partition(".")[0]

    def renamed(self, name: str) -> str:
        """The text of the model file with another name of the model."""
        return NAME.sub(f"name: {name}", self.text, count=1).replace("__name__", name)


@cache
def shipped() -> dict[str, Shipped]:
    """All models of the package by name, those that are easy to read first."""
    root = files(PACKAGE)
    places = {"cafe": CAFE, "bank": BANK} | {name: ("gallery", name, "model.yaml") for name in FOLDERS}
    return {name: Shipped(name, root.joinpath(*place)) for name, place in places.items()}
