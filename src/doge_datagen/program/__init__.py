"""Check a spec and translate it to a program, which everything after it uses.

Reading order:

compilation: compile a spec to a program, or report everything that is wrong with it
checks: check that the parts of a model fit together
expression_names: check whether what a model names can be used by that name in expressions
constant_checks: check the constants of a model, and make the trees they stand for
arrival_checks: check how many subjects there are, and how they arrive
translation: translate every expression and action of a spec
populations: translate a model of several populations, each to a program of its own
spawning: which events spawn subjects of other populations
events: the statements of events, the names of their draws, what they feed, and the strings they show
initial_values: translate how attributes start
first_values: the first values of a population, for others that refer to it
builtin_names: the names with which expressions ask for the moment and for what happened before
string_domains: find all strings that each attribute can ever hold
kept_texts: composes the initial strings of subjects that arrive when they are shown
draw_purposes: numbers that make the draws of one part of a model independent of all others
shown_values: numbers, booleans and timestamps as strings
program: the translated model
rhythms: rhythms compiled to numbers: the hours of a week, holidays, growth and periods
tables: reference tables: reading them from files, generating their rows, and checking them
incidents: when incidents happen, translated and checked
stream_translation: translate the fields, keys and headers of streams
emission_translation: translate the conditions of streams in emit
lines_translation: translate the lines of events
time: when subjects leave their states: the clock and the timing of transitions, checked and translated
"""
