"""Resumes a run where it stopped: its identity, the positions of its destinations, and its checkpoints.

In reading order:

- claim_destinations: claims the destinations of a run, and works out from their positions where it starts.
- run_start: works out the seed, start and identity of a new or resumed run.
- identity: the fingerprint of model, seed and start that a resumed run has to match.
- model_fingerprint: what the parts of a model mean, however they are written.
- checkpoints: takes checkpoints of engine and stages during a run, and saves those that are safe to resume from.
- checkpoint_store: the folder of a named run: its lock and its checkpoint.
- checkpoint_file: reads and writes checkpoint files.
"""
