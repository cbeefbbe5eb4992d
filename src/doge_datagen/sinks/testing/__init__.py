"""Conformance suites: the rules that every sink keeps, as functions to run on yours."""
