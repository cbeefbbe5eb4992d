"""Check a spec and translate it to a program, which everything after it uses.

Reading order:

compilation: compile a spec of one or several populations to a program, or report everything that is wrong with it
checks: check that the parts of a model fit together
expression_names: the names that expressions have, and checks of those that a model gives
translation: translate every expression and action of a spec
spawning: how subjects arrive, and which events spawn subjects of other populations
events: the statements of events, their draws, their lines, what they feed, and the strings that they assign
initial_values: translate how attributes start, for the population itself and for others that refer to it
program: the translated model, and the numbers of its draws
rhythms: rhythms compiled to numbers: the hours of a week, holidays, growth and periods
tables: reference tables: reading them from files, generating their rows, and checking them
incidents: when incidents happen, translated and checked
stream_translation: translate the fields, keys and headers of streams
fault_messages: what a fault means to the author of a model: the message, and the location
time: when subjects leave their states: the clock and the timing of transitions, checked and translated
"""
