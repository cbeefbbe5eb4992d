"""Delivers records when they are due by the wall clock, and measures how late they are.

In reading order:

- pace: the syntax of ``--pace``.
- due_times: when each tick and record is due, and how much is delivered together.
- schedule: waits until something is due by a clock that never goes back, and postpones the rest if it is late.
- lag: how late deliveries and commits are, the alert that a run is behind, and how well it kept its pace.
"""
