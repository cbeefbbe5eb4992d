"""Forecasts what a model will produce, before it runs.

values: the results, as dataclasses.
markov_chain: the Markov chain of one subject, and its solution.
algebraic_forecast: expected counts from the Markov chain alone.
sample: simulates some subjects, for what the chain does not tell.
family_sample: simulates some roots and all who descend from them.
estimate: estimates a whole run, with intervals, from a sample.
records_of_events: how many records events make, where it is not always one.
sampled_forecast: the forecast of a model in which things happen at any moment.
several_populations: the forecast of a model of several populations.
forecast: combines algebra and sample; the entry point.
action_analysis: finds transitions that may be rejected, and names that are never read.
warnings: what looks unintended in a valid model.
size_summary: the size of a run in two lines.
expected_incidents: how often incidents happen.
rhythm_charts: rhythms over a plain week, hour by hour, and records per hour.
weeks: how many records each hour of the week has.
sample_notes: says in words which figures come from a sample.
table_layout: fits a table into the width of a terminal.
as_tables, as_json: the forecast as tables, and as JSON.
"""

from doge_datagen.forecast.as_json import plain
from doge_datagen.forecast.as_tables import print_tables, text
from doge_datagen.forecast.size_summary import comparison
from doge_datagen.forecast.warnings import concerns

__all__ = ["comparison", "concerns", "plain", "print_tables", "text"]
