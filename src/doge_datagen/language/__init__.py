"""Parse, type-check and translate the subset of Python in which expressions and actions of models are written.

Reading order:

types: the types of values, and translated expressions
scope: the names that an expression may use
errors: the error of a rejected expression, with its line and column
parse: text to Python's syntax tree, and the normal form in which models are compared
constants: put the values of constants in the place of their names
f_strings: check that every Python version reads an f-string alike
expressions: translate expressions, each kind by the function for it, and number their draws
literals: numbers, strings, booleans and durations
names: names, and what follows them after a dot or in brackets
conditions: and, or, comparisons, membership in a list, and if ... else
operators: comparison and conversion
arithmetic: arithmetic with numbers, timestamps and durations, and whether code may fail at run time
calls: the functions and draws that can be called
parameters: the parameters of a call, and what such functions use of the expression translator
choices: draws from lists of values
distributions: draws from distributions with readable parameters
event_lines: the lines of an event, and sums over them
texts: the strings of records, as they are composed, and values shown in them
subject_references: subjects of populations that expressions refer to, and whom a draw of one selects
table_rows: rows of reference tables: draws, lookups and columns
lookup_data: what the code of a model looks up: strings by number, lists of numbers, and arrays
text_expressions: strings that are composed for records
actions: translate actions
assignments: which values are assigned to which names
function_source: actions given as Python functions
hints: hints for common errors
time: durations, moments and time zones in expressions
"""
