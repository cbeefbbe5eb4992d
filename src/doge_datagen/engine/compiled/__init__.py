"""The compiled engine: a model's kernel as source text, compiled by Numba, over subjects as columns."""
