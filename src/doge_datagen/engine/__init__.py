"""Turns a model and a seed into events in order of time, interpreted or compiled.

In reading order:

- protocol: what the run needs of an engine.
- window: what an engine produces: the records and events of some ticks.
- transition_plan: for each state, when a subject leaves it and by which transition.
- plan_arrays: the same as arrays.
- waiting_per_tick: when a subject attempts a transition next, and which; run by CPython, on NumPy columns and by Numba.
- waiting_by_moments: generates the code of waiting for models in which things happen at any moment.
- rates_in_pieces: the same for rates that incidents change.
- arrival_rate: how many subjects arrive per millisecond, at each moment.
- arrivals: when subjects arrive, hour by hour.
- births: subjects that others have spawned, on their way to the engine of their population.
- subject_slice: which of a run's subjects an engine simulates.
- initial_states: the states and texts that subjects start with.
- moment_lines: lines of code that wait for a moment.
- code_lines: puts lines of source code together.
- codegen: the model's expressions as source code of Python functions.
- emission: which records an event makes in the streams that it feeds.
- record_columns: the source code that computes the columns of a record.
- rhythm_columns: the tables of rhythms, as these functions take them.
- incident_spans: when incidents happen.
- stepped_rhythm: rhythms that incidents multiply.
- timelines: the tables of rhythms and the histories of incidents, as these functions take them.
- model_data: the same with the arrays of reference tables, all of which are parameters of these functions.
- arrived_moments: when those have arrived whom expressions draw.
- interpreted: the engine in plain Python.
- compiled: the engine compiled by Numba.
- records: assembles Arrow batches from the events of a stream.
- newcomers_shown: the records of those who have arrived during a warm-up.
- table_records: the records of streams that get the rows of a reference table.
- incident_records: the records of the histories of incidents.
- hidden_columns: what stages can know about a record beyond what it shows.
- window_length: chooses how many ticks the next window has.
- window_shortening: ends a window early if it becomes too large.
- checkpoint: snapshots, from which either engine can continue.
- population_engines: the engine of a model with several populations.
- stream_merge: merges the batches of populations that feed one stream.
- census: how many subjects are in each state.
- memory: checks that the subjects fit in memory.
- background_compilation: compiles on a thread while a run goes on.
- user_folders: the user's folders for caches and state.
"""
