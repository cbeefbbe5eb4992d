"""Which events spawn subjects of other populations.

In reading order:

lineage: who spawns whom, and what spawned subjects have from their parents
checks: check who spawns whom
translation: translate what events spawn
"""
