"""A run seen from outside while it goes on: by Prometheus, and by a person at a terminal."""
