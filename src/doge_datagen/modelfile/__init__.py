"""Read model files (YAML or JSON) into programs, report every error with its line and column, and write specs as YAML.

Reading order:

load: load a model file, or raise an error that lists everything wrong with it
yaml_nodes: read YAML or JSON text and parse it into nodes that know their line and column
document: turn nodes into plain values and keep the node of each
include: read the files that a file includes, and merge them with it
shared_targets: targets of several models in one file
override: replace values by path, as ``--set`` does
key_checks: find misspelt keys, read them as the keys that were meant, and find keys that have no value
schema: the pydantic models of a file, and their errors
build: make a spec from a validated file
error_recovery: find further errors in a file whose shape is wrong
locations: find the line and column of a problem
paths: paths in a model file, patterns of them, and the names of transitions in them
dump: write a spec as a model file
yaml_writer: write plain values as YAML
json_schema: the JSON Schema of model files, for editors
"""
