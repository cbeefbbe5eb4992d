"""Runs a model or a generator from its first tick to its report: stages, pacing, delivery, commits and resuming.

In reading order:

- model_run: the loop of a model's run: engine, windows, stages, sinks.
- run_config: the options of a run, and the check that they let it end.
- startup: finds, opens and claims the destinations of a run, before its first tick.
- resuming: resumes a run where it stopped: its identity, the positions of its destinations, and its checkpoints.
- simulation: simulates a run: chooses its engine and yields its windows.
- stages: the contract of stages, which turn windows into windows, and the chain that runs them.
- delivery: delivers the records of a run: writes them to the sinks, retries, commits and counts.
- pacing: delivers records when they are due by the wall clock, and measures how late they are.
- signals: Ctrl-C, SIGTERM and SIGHUP as requests to stop.
- reporting: reports what a run does and what it has done.
- generator_run: the loop of a run with Python subjects and callbacks.
"""
