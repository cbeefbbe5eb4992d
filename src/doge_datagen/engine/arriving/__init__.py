"""Subjects that arrive or are spawned while a run goes on.

In reading order:

- arrivals: at what rate subjects arrive, and when, hour by hour.
- spawn_queue: subjects that others have spawned, on their way to the engine of their population.
- arrived_so_far: when those have arrived whom expressions draw.
- warm_up_records: the records of those who have arrived during a warm-up.
"""
