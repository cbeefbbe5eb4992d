"""Forecasts what a model will produce, before it runs.

values: the results, as dataclasses.
markov_chain: the Markov chain of one subject, and its solution.
algebraic_forecast: expected counts from the Markov chain alone.
sample: simulates some subjects, for what the chain does not tell, and counts the records of their events.
estimate: estimates a whole run, with intervals, from a sample.
sampled_forecast: the forecast of a model in which things happen at any moment.
several_populations: the forecast of a model of several populations, from a sample of their families.
forecast: combines algebra and sample; the entry point.
action_analysis: finds transitions that may be rejected, and names that are never read.
warnings: what looks unintended in a valid model.
expected_incidents: how often incidents happen.
weekly_charts: rhythms over a plain week, and how many records each hour of the week has.
in_words: the size of a run in two lines, and which figures come from a sample.
table_layout: fits a table into the width of a terminal.
as_tables, as_json: the forecast as tables, and as JSON.
"""

from doge_datagen.forecast.as_json import as_json_values
from doge_datagen.forecast.as_tables import print_tables, text
from doge_datagen.forecast.in_words import comparison
from doge_datagen.forecast.warnings import warnings_about

__all__ = ["as_json_values", "comparison", "print_tables", "text", "warnings_about"]
