"""Reports what a run does and what it has done.

In reading order:

- progress: collects and reports the progress of a run.
- progress_reports: how often the progress of a run is reported.
- report: the values that a run reports: progress and summary.
- summary_lines: the summary of a run in words.
"""
