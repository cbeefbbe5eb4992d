"""What actors can do: frozen values and their checks."""

from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.model.coercion import needs_instance, whole_number
from doge_datagen.model.destination import Destination
from doge_datagen.model.spec import Attribute, Population, Spec, Stream, Target
from doge_datagen.model.state_machine import Machine
from doge_datagen.model.transition import Action, Collector, Transition

__all__ = [
    "ENDLESS",
    "Action",
    "Attribute",
    "Clock",
    "Collector",
    "Destination",
    "Machine",
    "Population",
    "Spec",
    "Stream",
    "Target",
    "Transition",
    "needs_instance",
    "whole_number",
]
