"""Tables of PostgreSQL, into which records are copied in binary or as text.

In reading order:

batches: copy batches to PostgreSQL: in binary if the binary form of each column's type is known, else as text
connection: connections to PostgreSQL that do not wait indefinitely for a frozen server
copy: insert rows by COPY, which is many times faster than INSERT, and detect columns that are altered meanwhile
copy_binary: encode columns as rows of PostgreSQL's binary COPY, vectorized over all rows of a column
copy_rows: encode rows of Python values for PostgreSQL's COPY, if it would write the same as INSERT
"""
