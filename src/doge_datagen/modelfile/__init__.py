"""Read model files (YAML or JSON) into programs, report every error with its line and column, and write specs as YAML.

Reading order:

load: load a model file, or raise an error that lists everything wrong with it
yaml_nodes: parse YAML or JSON text into nodes that know their line and column
file_text: read the text of a file
document: turn nodes into plain values and keep the node of each
flow_commas: rejoin values that were cut by a comma inside ``{...}``
merging: merge two files that are parts of one model
include: read the files that a file includes
shared_targets: targets of several models in one file
override: replace values by path, as ``--set`` does
misspelt_keys: find misspelt keys and read them as the keys that were meant
missing_values: report keys that have no value
schema: the pydantic models of a file, and their errors
build: make a spec from a validated file
error_recovery: find further errors in a file whose shape is wrong
locations: find the line and column of a problem
paths: paths in a model file and patterns of them
transition_names: the names that messages and ``--set`` use for transitions
dump: write a spec as a model file
yaml_writer: write plain values as YAML
json_schema: the JSON Schema of model files, for editors
"""
