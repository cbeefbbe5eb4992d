"""What actors can do: frozen values and their checks."""

from doge_datagen.model.transition import Action, Collector, Transition

__all__ = ["Action", "Collector", "Transition"]
