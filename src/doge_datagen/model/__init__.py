"""What actors can do: frozen values and their checks."""

from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.model.instance import needs_instance
from doge_datagen.model.machine import Machine
from doge_datagen.model.place import Place
from doge_datagen.model.spec import Attribute, Population, Spec, Stream, Target
from doge_datagen.model.transition import Action, Collector, Transition
from doge_datagen.model.whole_number import whole_number

__all__ = [
    "ENDLESS",
    "Action",
    "Attribute",
    "Clock",
    "Collector",
    "Machine",
    "Place",
    "Population",
    "Spec",
    "Stream",
    "Target",
    "Transition",
    "needs_instance",
    "whole_number",
]
