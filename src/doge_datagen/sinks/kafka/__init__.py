"""Sinks that write batches to Kafka topics."""
