"""The interpreted engine, which walks subjects in plain Python, one event at a time.

In reading order:

- engine: the engine for models: runs the model's code and collects windows.
- model_code: the model's functions.
- new_subjects: how subjects begin: their first values and their first state.
- event_recorder: runs the actions of transitions, and records what happens.
- tick_walk: the walk of a model whose transitions have constant probabilities per tick.
- timed_walk: the walk of a model in which things happen at any moment.
- walk: walks subjects in order of time; also used for Python subjects and callbacks.
- lookahead: computes the attempts of many subjects ahead, and corrects them when a callback blocks one.
- draw_buffer: draws for many subjects and steps at once, and those of single subjects.
- walk_transitions: the transitions of a program as these walks need them, and what they cost.
- single_walk: walks single subjects to their last tick, for forecasts.
- timed_single_walk: the same for one subject of a model in which things happen at any moment.
- counted_events: what their events do, and how much of it there was.
"""
