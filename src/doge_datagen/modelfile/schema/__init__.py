"""The pydantic models of a file, and their errors.

In reading order:

base: what all of a file's pydantic models share
file: the pydantic models of a file: its keys, their types and descriptions
population: those of populations and their state machines
rhythm: the same for rhythms
table: the same for reference tables
incident: the same for incidents
field_types: the types of values
field_validators: what checks these values, with messages of their own
shape_errors: turn pydantic's errors into our messages
"""
