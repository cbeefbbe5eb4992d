"""Batches and events to the world: one file a place."""
