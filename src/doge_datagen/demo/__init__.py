"""The bank example: a model, run and explained by ``doge demo``.

bank.yaml: the model.
demo: runs the model and prints the results; the entry point.
local: streams as CSV files, and tables in SQLite or another database.
topics: streams as Avro in Kafka.
question: the question asked of the data, and its query.
report: what the demo prints.
"""
