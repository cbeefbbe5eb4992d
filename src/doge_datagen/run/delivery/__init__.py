"""Delivers the records of a run: writes them to the sinks, retries, commits and counts.

In reading order:

- dispatch: passes the batches of a window to the sinks when they are due.
- delivery: the sinks of a run: writes batches and commits positions.
- threaded_sink: a sink whose batches are written on a thread of its own.
- sink_lifecycle: opens sinks, ends them whatever happened before, and checks what they delivered.
- retry: the retry loop for transient sink errors.
"""
