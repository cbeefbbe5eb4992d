"""Check a spec and translate it to a program, which everything after it uses.

Reading order:

compilation: compile a spec to a program, or report everything that is wrong with it
checks: check that the parts of a model fit together
constant_checks: check the constants of a model, and make the trees they stand for
clock_checks: check the clock and the time zone
arrival_checks: check how many subjects there are, and how they arrive
timing_checks: check that the transitions that leave a state can compete with each other
matrix_places: where in a matrix the problems of its cells are
translation: translate every expression and action of a spec
populations: translate a model of several populations, each to a program of its own
lineage: who spawns whom, and what spawned subjects have from their parents
spawn_checks: check who spawns whom
spawn_translation: translate what events spawn
events: the statements of events, the names of their draws, what they feed, and the strings they show
attribute_starts: translate how attributes start
first_values: the first values of a population, for others that refer to it
words: the names with which expressions ask for the moment and for what happened before
timing_translation: translate when subjects leave a state and which way
timing: the translated timing of a model in which things happen at any moment
string_domains: find all strings that each attribute can ever hold
kept_texts: composes the initial strings of subjects that arrive when they are shown
program: the translated model
rhythm_week: a rhythm over a plain week
rhythm_seasons: public holidays, growth and the edges of periods
table_loading: load the reference tables of a model
table_files: read the rows of reference tables, as columns of the types that models have
generated_table: generate the rows of reference tables whose columns are expressions
provided_column: columns that are a call of a provider, such as names.city('pl')
providers: realistic values: names, addresses, identifiers
local_offsets: by how much local time is ahead of UTC, and when that changes
rhythm_table: a rhythm compiled to numbers
rhythm_checks: check the rhythms of a model, and where they are used
incident_history: when an incident happens
incident_translation: translate when incidents happen
incident_checks: check the incidents of a model
emission_translation: translate the conditions of streams in emit
lines_translation: translate the lines of events
"""
