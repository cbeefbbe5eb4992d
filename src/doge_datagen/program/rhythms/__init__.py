"""Rhythms compiled to numbers: the hours of a week, holidays, growth and periods.

In reading order:

week: a rhythm over a plain week
seasons: public holidays, growth and the edges of periods
local_offsets: by how much local time is ahead of UTC, and when that changes
table: a rhythm compiled to numbers
checks: check the rhythms of a model, and where they are used
"""
