"""Reports what a run does and what it has done.

In reading order:

- state_counts: how many subjects are in each state.
- progress: collects and reports the progress of a run.
- report: the values that a run reports, progress and summary, how often it does, and the summary in words.
"""
