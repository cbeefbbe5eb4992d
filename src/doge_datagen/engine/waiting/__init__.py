"""Decides when subjects leave their states, and by which transition.

In reading order:

- transition_plan: for each state, when a subject leaves it and by which transition.
- plan_arrays: the same as arrays.
- tick_waits: when a subject attempts a transition next, and which; run by CPython, on NumPy columns and by Numba.
- timed_waits: generates the code of waiting for models in which things happen at any moment.
- rates_in_pieces: the same for rates that incidents change.
- attempt_waits: the same for probabilities, constant or not.
- wait_source: lines of code that wait for a moment.
- rhythm_columns: the tables of rhythms, as these functions take them.
- incident_spans: when incidents happen.
- stepped_rhythm: rhythms that incidents multiply.
- timelines: the tables of rhythms and the histories of incidents, as these functions take them.
"""
