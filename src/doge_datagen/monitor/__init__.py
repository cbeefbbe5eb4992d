"""Shows a run while it is in progress: metrics for Prometheus, and a live view on a terminal.

metrics: the HTTP endpoint that Prometheus scrapes.
metric_families: the metrics, with their names, types, labels and values.
view: the live view, its layout and refresh, and the latest records of each stream.
tables: the tables of the view, the format of their cells, and the rates over the last seconds in them.
"""
