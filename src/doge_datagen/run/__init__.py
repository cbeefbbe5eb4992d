"""Runs a model or a generator from its first tick to its report: stages, pacing, delivery, commits and resuming.

In reading order:

- model_run: the loop of a model's run: engine, windows, stages, sinks.
- run_config: the options of a run, and the check that they let it end.
- startup: opens everything that a run needs before its first tick.
- claim_destinations: claims the destinations of a run, and works out from their positions where it starts.
- resume: works out the seed, start and identity of a new or resumed run.
- identity: the fingerprint of model, seed and start that a resumed run has to match.
- model_meaning: what the parts of a model mean, however they are written.
- clock_lead: how far ahead of the wall clock the records are dated.
- engine_choice: chooses the interpreted or the compiled engine.
- interpreted_then_compiled: starts interpreted, and continues compiled once the compiler has finished.
- engine_around: an engine that runs another one and changes its windows.
- incident_streams: adds the records of incidents.
- warm_up: simulates before the start of a run without emitting anything.
- windows: yields the windows of a run, each of a suitable length.
- stages: the contract of stages, which turn windows into windows.
- stage_chain: runs the stages of a run, one after the other.
- prefetch: produces the next item while the current one is processed.
- dispatch: passes the batches of a window to the sinks when they are due.
- pace: the syntax of ``--pace``.
- due_times: when each tick and record is due.
- schedule: waits until something is due, and postpones the rest if it is late.
- paced_batch_size: how much is delivered together.
- lag_meter: measures how late deliveries and commits are.
- lag_histogram: quantiles of lags.
- lag_alert: the alert that a run is behind schedule.
- pace_report: how well a run kept its pace.
- wall_clock: a wall clock that never goes back.
- delivery: the sinks of a run: writes batches and commits positions.
- threaded_sink: a sink whose batches are written on a thread of its own.
- sink_lifecycle: closes, abandons or discards sinks whatever happened before.
- retry: the retry loop for transient sink errors.
- signals: Ctrl-C, SIGTERM and SIGHUP as requests to stop.
- checkpoints: takes snapshots of engine and stages during a run, and saves those that are safe to resume from.
- checkpoint_store: the folder of a named run: its lock and its snapshot.
- checkpoint_file: reads and writes snapshot files.
- progress: collects and reports the progress of a run.
- progress_reports: how often the progress of a run is reported.
- delivered_counts: what was generated, emitted and delivered, and the check that it adds up.
- report: the values that a run reports: progress and summary.
- summary_lines: the summary of a run in words.
- generator_run: the loop of a run with Python subjects and callbacks.
"""
