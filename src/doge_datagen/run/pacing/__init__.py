"""Delivers records when they are due by the wall clock, and measures how late they are.

In reading order:

- pace: the syntax of ``--pace``.
- due_times: when each tick and record is due.
- schedule: waits until something is due, and postpones the rest if it is late.
- paced_batch_size: how much is delivered together.
- lag_meter: measures how late deliveries and commits are.
- lag_histogram: quantiles of lags.
- lag_alert: the alert that a run is behind schedule.
- pace_report: how well a run kept its pace.
- wall_clock: a wall clock that never goes back.
- clock_lead: how far ahead of the wall clock the records are dated.
"""
