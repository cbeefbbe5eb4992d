"""Durations, moments and time zones in expressions.

In reading order:

written_times: timestamps and durations written as strings
units: parse and format durations and timestamps
duration_literals: durations such as ``30 d``, which Python does not know
local_time: parts of timestamps, and moments by the calendar
zones: time zones, as tables of their changes
rhythm_calls: the time between two moments by the clock of a rhythm
incident_names: whether an incident is under way, and when it begins and ends
"""
