"""How subjects come: they arrive, or events of other populations spawn them.

In reading order:

lineage: who spawns whom, and what spawned subjects have from their parents
checks: check how subjects arrive, and who spawns whom
translation: translate what events spawn
"""
