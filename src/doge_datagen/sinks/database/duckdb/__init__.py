"""Tables of DuckDB, which reads Arrow from memory.

In reading order:

columns: read the columns of a DuckDB table, and create the table for a stream
table: write batches to a table of DuckDB, which reads Arrow from memory
transactions: commit records and a position in one transaction of DuckDB
"""
