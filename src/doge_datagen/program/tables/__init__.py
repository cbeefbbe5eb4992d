"""Reference tables: reading them from files, generating their rows, and checking them.

In reading order:

loading: check and load the reference tables of a model
files: read the rows of reference tables, as columns of the types that models have
text_file_lines: the lines of CSV and JSON Lines files that an error is about
generated_table: generate the rows of reference tables whose columns are expressions
provided_column: columns that are a call of a provider, such as names.city('pl')
providers: realistic values: names, addresses, identifiers
reference_table: a table as engines use it, and arrays of its columns, groups and slots of the alias method
"""
