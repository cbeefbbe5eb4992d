"""Tables of any database that SQLAlchemy supports.

In reading order:

columns: read the columns of a table through SQLAlchemy, and create the table for a stream
table: write batches to a table of any database that SQLAlchemy supports, by executemany or PostgreSQL's COPY
transactions: commit records and a position in one transaction of any database that SQLAlchemy supports
row_inserts: find a table and insert batches of rows, each in one transaction with a known outcome
engine: URLs, engines, and what is wrong with either
"""
