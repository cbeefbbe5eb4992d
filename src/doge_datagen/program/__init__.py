"""Check a spec and translate it to a program, which everything after it uses.

Reading order:

compilation: compile a spec of one or several populations to a program, or report everything that is wrong with it
checks: check that the parts of a model fit together
expression_names: the names that expressions have, and checks of those that a model gives
translation: the steps in which a spec of one population is translated
population_model: a model as one of its populations sees it, with which all these steps begin
problem_collection: collect the problems of expressions, so that all are reported at once
scopes: the names that each expression of a population may use
start_translation: translate how attributes start, one after the other
initial_values: first values of attributes, kept where they are shown later, and as code for others that refer to them
constant_values: the value of an expression of numbers, durations and units alone
action_translation: translate the actions of events
events: the draws of events, their lines, what they feed, and the strings that they assign
spawning: how subjects arrive, and which events spawn subjects of other populations
program: the translated model, and the numbers of its draws
rhythms: rhythms compiled to numbers: the hours of a week, holidays, growth and periods
tables: reference tables: reading them from files, generating their rows, and checking them
incidents: when incidents happen, translated and checked
stream_translation: translate the fields, keys and headers of streams
fault_messages: what a fault means to the author of a model: the message, and the location
time: when subjects leave their states: the clock and the timing of transitions, checked and translated
"""
