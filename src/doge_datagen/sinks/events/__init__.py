"""Sinks of the 1.0.4 API, which take events one by one."""
