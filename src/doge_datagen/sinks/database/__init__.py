"""Write batches to tables: PostgreSQL's COPY, DuckDB's Arrow import, SQLAlchemy's executemany for any other database.

``sink_kind``: the options of a target, and how a sink is opened
``errors``: which errors of a database are transient, which permanent
``table_identity``: the identity of a table
``sink``: delivers each batch in one transaction, and counts what arrived
``columns``, ``column_values``: whether fields fit their columns, and values that a column would change
``positions``: the table of positions
``sqlalchemy``: tables of any database that SQLAlchemy supports
``postgres``: tables of PostgreSQL, into which records are copied
``duckdb``: tables of DuckDB, which reads Arrow from memory
"""
