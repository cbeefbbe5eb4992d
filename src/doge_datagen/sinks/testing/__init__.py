"""Conformance suites: the rules of the sinks' contracts, as functions to run on a sink of your own.

``batches``: rules for every sink that takes batches
``transactions``: further rules for sinks that can resume a run
``events``: rules for every sink that takes events one by one
``samples``: the records that the rules write
"""
