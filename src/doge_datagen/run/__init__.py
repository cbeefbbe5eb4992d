"""Runs a model or a generator from its first tick to its report: pacing, delivery, retries, commits and resuming.

In reading order:

- run_config: the options of a run.
- preconditions: checks before a run starts: that it ends, and how far ahead of the wall clock it gets.
- startup: opens everything that a run needs before its first tick.
- resume: works out the seed, start and identity of a new or resumed run.
- identity: the fingerprint of model, seed and start that a resumed run has to match.
- model_run: the loop of a model's run.
- engine_choice: chooses the interpreted or the compiled engine.
- switching_engine: starts interpreted, and continues compiled once the compiler has finished.
- windows: yields the windows of a run, each of a suitable length.
- prefetch: produces the next item while the current one is processed.
- dispatch: passes the batches of a window to the sinks when they are due.
- pace: the syntax of ``--pace``.
- due_times: when each tick and record is due.
- schedule: waits until something is due, and measures how late it was.
- lag: lag histograms, and the warning that a run is behind schedule.
- wall_clock: a wall clock that never goes back.
- delivery: the sinks of a run: writes batches and commits positions.
- threaded_sink: a sink whose batches are written on a thread of its own.
- sink_lifecycle: closes, abandons or discards sinks whatever happened before.
- retry: the retry loop for transient sink errors.
- signals: Ctrl-C, SIGTERM and SIGHUP as requests to stop.
- lost_positions: the warning that a destination may have lost its position.
- checkpoints: takes engine snapshots during a run, and saves those that are safe to resume from.
- checkpoint_store: the folder of a named run: its lock and its snapshot.
- checkpoint_file: reads and writes snapshot files.
- progress: collects and reports the progress of a run.
- report: the values that a run reports: progress and summary.
- generator_run: the loop of a run with Python subjects and callbacks.
"""
