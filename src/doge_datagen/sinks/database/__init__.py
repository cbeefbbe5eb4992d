"""Write batches to tables: PostgreSQL's COPY, DuckDB's Arrow import, SQLAlchemy's executemany for any other database.

``sink_kind``: the options of a target, and how a sink is opened
``database_engine``: URLs, engines, and what is wrong with either
``errors``: which errors of a database are transient, which permanent
``destination``: the identity of a table
``batch_delivery``: writes batches, each in one transaction, and counts what arrived
``sink``: delivers each batch in one transaction
``columns``, ``column_values``: whether fields fit their columns, and values that a column would change
``row_inserts``, ``sqlalchemy_table``, ``sqlalchemy_columns``: tables by SQLAlchemy
``copy_rows``, ``copy_binary``: encode rows and columns for PostgreSQL's COPY
``postgres_connection``, ``postgres_copy``, ``postgres_batches``, ``postgres_types``: tables of PostgreSQL
``duckdb_table``, ``duckdb_columns``: tables of DuckDB
``position_key``, ``positions``: the table of positions
``sqlalchemy_transactions``, ``duckdb_transactions``: commit records and position together
"""
