"""Batches to bytes."""
