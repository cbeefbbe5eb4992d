"""Sinks that write batches to database tables: SQLAlchemy, PostgreSQL's COPY, DuckDB."""
