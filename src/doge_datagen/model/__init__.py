"""Models as plain frozen values: specs, state machines, clocks and destinations.

Reading order:

spec: a whole model as a value, with its population, attributes and streams
constants: values with names, which expressions use
transition: an edge of the state machine
emission: the streams that an event feeds
lines: the lines that an event has
matrix: many weighted transitions at once
arrival: how subjects arrive while a run goes on, and what happens when they are spawned
spawn: what an event of one subject spawns
state_machine: the states and transitions of a generator, and the checks on them
clock: start, length and number of ticks
incident: what begins and ends for everybody or for some
rhythm: how much more or less often things happen by the hour, the weekday and the season
table: reference tables, from which subjects draw rows
destination: where a stream goes: a topic, a table, a file or the screen
redaction: strings that may contain secrets and are displayed redacted
coercion: integers from user input, checked against bounds
shares_for_percentages: probabilities that were probably meant as fractions of 1
population_paths: where the parts of a population are, in models of one and of several
display_names: how messages name an arbitrary object
"""

from doge_datagen.model.arrival import Arrival, Born
from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.model.coercion import needs_instance, whole_number
from doge_datagen.model.destination import Destination
from doge_datagen.model.incident import Incident
from doge_datagen.model.lines import Lines
from doge_datagen.model.matrix import Matrix
from doge_datagen.model.rhythm import Holidays, Period, Rhythm
from doge_datagen.model.spawn import Spawn
from doge_datagen.model.spec import Attribute, Population, Spec, Stream, Target
from doge_datagen.model.state_machine import Machine
from doge_datagen.model.table import Table
from doge_datagen.model.transition import Action, Collector, Transition

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
