"""Rhythms compiled to numbers: the hours of a week, holidays, growth and periods.

In reading order:

week: a rhythm over a plain week
seasons: public holidays, growth, the edges of periods, and the changes of local time
table: a rhythm compiled to numbers
checks: check the rhythms of a model, and where they are used
"""
