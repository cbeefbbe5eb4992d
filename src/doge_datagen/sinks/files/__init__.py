"""Batches to files: one file a format."""
