"""Resumes a run where it stopped: its identity, the positions of its destinations, and its checkpoints.

In reading order:

- run_start: works out the seed, start and identity of a new or resumed run.
- identity: the fingerprint of model, seed and start that a resumed run has to match.
- model_fingerprint: what the parts of a model mean, however they are written.
- checkpoint_store: takes checkpoints of a run and keeps the latest in its folder, which it locks.
- checkpoint_file: reads and writes checkpoint files.
"""
