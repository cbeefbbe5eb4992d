"""The pydantic models of a file, and their errors.

In reading order:

file: the pydantic models of a file: its keys, their types and descriptions, also of reference tables
population: those of populations and their state machines
timelines: those of rhythms and incidents
field_types: the types of values, and what all pydantic models of a file share
field_validators: what checks these values, with messages of their own
shape_errors: turn pydantic's errors into our messages
"""
