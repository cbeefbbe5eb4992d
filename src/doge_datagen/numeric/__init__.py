"""Arithmetic, functions and distributions that give the same bits in CPython and in Numba, on every platform.

In reading order:

- faults: the codes and messages of what can go wrong.
- arithmetic: integers of 64 bits that never wrap.
- floats: splits floats, and sums and products without rounding error.
- rounding: division and rounding of floats.
- logarithms: logarithms of numbers, and the natural logarithm of arrays.
- powers: square root, exponential and power.
- trigonometry: sine, cosine and tangent.
- distributions: the draws of Python's ``random``, and standard normal draws.
- distributions_by_inversion: draws with readable parameters, such as a mean or a median.
- distributions_by_rejection: the same for distributions without a simple inverse, by rejection.
- calendar: the parts of a timestamp, local time, and calendar arithmetic in it.
- table_rows: rows of reference tables and subjects that have arrived: draws and lookups.
- timelines: the integral of a rhythm and its inverse, and whether an incident is under way.
- event_lines: sums and extremes over the lines of an event.
- functions: all functions, and those that generated code calls for draws.
"""
