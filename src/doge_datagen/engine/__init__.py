"""Turns a model and a seed into events in order of time, interpreted or compiled.

In reading order:

- protocol: what the run needs of an engine.
- window: what an engine produces in some ticks, how many ticks the next window has, and when one ends early.
- waiting: decides when subjects leave their states, and by which transition.
- arriving: subjects that arrive or are spawned while a run goes on.
- subject_slice: which of a run's subjects an engine simulates.
- initial_states: the states and texts that subjects start with.
- source_lines: puts lines of source code together.
- codegen: the model's expressions as source code of Python functions.
- recording: makes records of events, and Arrow batches of records.
- code_arguments: the arrays of rhythms, incidents and reference tables, as compiled functions take them.
- interpreted: the engine in plain Python.
- compiled: the engine compiled by Numba.
- checkpoint: the saved state of an engine, from which either engine can continue.
- population_engines: the engine of a model with several populations.
- memory_check: checks that the subjects fit in memory.
- background_compilation: compiles on a thread while a run goes on.
- user_folders: the user's folders for caches and state.
"""
