"""Simulates a run: chooses its engine and yields its windows.

In reading order:

- engine_choice: chooses the interpreted or the compiled engine.
- interpreted_then_compiled: starts interpreted, and continues compiled once the compiler has finished.
- engine_wrapper: engines that run another one and change its windows, such as by the records of incidents.
- warm_up: simulates before the start of a run without emitting anything.
- windows: yields the windows of a run, each of a suitable length, and prepares the next meanwhile.
"""
