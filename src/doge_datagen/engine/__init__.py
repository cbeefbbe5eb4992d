"""Model and seed to events, in order of time."""
