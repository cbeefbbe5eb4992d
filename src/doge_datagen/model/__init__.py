"""What actors can do: frozen values and their checks."""

from doge_datagen.model.clock import Clock
from doge_datagen.model.instance import needs_instance
from doge_datagen.model.machine import Machine
from doge_datagen.model.transition import Action, Collector, Transition
from doge_datagen.model.whole_number import whole_number

__all__ = ["Action", "Clock", "Collector", "Machine", "Transition", "needs_instance", "whole_number"]
