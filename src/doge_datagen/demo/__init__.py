"""The bank example: a model, run and explained by ``doge demo``.

bank.yaml: the model.
demo: runs the model and prints the results; the entry point.
outputs: streams as CSV files or as Avro in Kafka, and tables in SQLite or another database.
report: what the demo prints, with the question asked of the data, and its query.
"""
