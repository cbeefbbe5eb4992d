"""Durations, moments and time zones in expressions.

In reading order:

units: parse and format durations and timestamps
duration_literals: durations such as ``30 d``, which Python does not know
calls: functions of time, such as parts of timestamps, moments by the calendar and ``elapsed``
zones: time zones, as tables of their changes
incident_names: whether an incident is under way, and when it begins and ends
"""
