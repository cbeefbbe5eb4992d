"""Runs that are killed repeatedly, along with their servers: each destination ends up as if nothing had happened."""
