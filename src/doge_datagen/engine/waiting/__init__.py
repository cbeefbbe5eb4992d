"""Decides when subjects leave their states, and by which transition.

In reading order:

- transition_plan: for each state, when a subject leaves it and by which transition; also as arrays.
- tick_waits: when a subject attempts a transition next, and which; run by CPython, on NumPy columns and by Numba.
- timing_source: generates the code of waiting for models in which things happen at any moment.
- timer_waits: the part of it for dwell times, timers and transitions at a moment.
- memoryless_waits: the part for rates and probabilities, constant or not.
- exit_choices: the part that chooses an exit and its way.
- rates_in_pieces: waits by rates that incidents change.
- timing_code: lines of code that wait for a moment, evaluate expressions, check them, and choose by them.
- incident_spans: when incidents happen.
- timelines: the tables of rhythms, some of them multiplied by incidents, and the histories of incidents, as arrays.
"""
