"""Models as plain frozen values: specs, state machines, clocks and destinations.

Reading order:

spec: a whole model as a value, with its population, attributes and streams
transition: an edge of the state machine, its streams, lines and spawned subjects; matrices of edges
arrival: how subjects arrive while a run goes on, and what happens when they are spawned
state_machine: the states and transitions of a generator, and the checks on them
clock: start, length and number of ticks
timelines: rhythms, by the hour, the weekday and the season, and incidents, which begin and end
reference_data: constants, and reference tables, from which subjects draw rows
destination: where a stream goes: a topic, a table, a file or the screen
redaction: strings that may contain secrets and are displayed redacted
coercion: integers from user input, checked against bounds
population_paths: where the parts of a population are, in models of one and of several
"""

from doge_datagen.model.arrival import Arrival, Born
from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.model.coercion import needs_instance, whole_number
from doge_datagen.model.destination import Destination
from doge_datagen.model.reference_data import Table
from doge_datagen.model.spec import Attribute, Population, Spec, Stream, Target
from doge_datagen.model.state_machine import Machine
from doge_datagen.model.timelines import Holidays, Incident, Period, Rhythm
from doge_datagen.model.transition import Action, Collector, Lines, Matrix, Spawn, Transition

__all__ = [
    "ENDLESS",
    "Action",
    "Arrival",
    "Attribute",
    "Born",
    "Clock",
    "Collector",
    "Destination",
    "Holidays",
    "Incident",
    "Lines",
    "Machine",
    "Matrix",
    "Period",
    "Population",
    "Rhythm",
    "Spawn",
    "Spec",
    "Stream",
    "Table",
    "Target",
    "Transition",
    "needs_instance",
    "whole_number",
]
