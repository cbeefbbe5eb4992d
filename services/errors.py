"""The one error of the servers: what went wrong, where, and the way out."""


class ServiceError(Exception):
    """A server, or what it needs, cannot be had."""
