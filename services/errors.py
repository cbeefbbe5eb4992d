"""The error that servers raise: where, what went wrong, and a remedy."""


class ServiceError(Exception):
    """A server, or something it needs, is not available."""
