"""Makes records of events, and Arrow batches of records.

In reading order:

- emission: which records an event makes in the streams that it feeds.
- record_columns: the source code that computes the columns of a record.
- record_batches: assembles Arrow batches from the events of a stream.
- table_records: the records of streams that get the rows of a reference table.
- incident_records: the records of the histories of incidents.
- hidden_columns: what stages can know about a record beyond what it shows.
- stream_merge: merges the batches of populations that feed one stream.
"""
