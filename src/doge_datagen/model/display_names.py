"""What messages call an object of somebody's, which may have no name of its own."""

from __future__ import annotations


def named(given: object, number: int | None = None) -> str:
    """Its own ``repr``, or that of its class where all it has is an address in memory, which tells nobody anything.

    Args:
        given: any object.
        number: tells objects of one class apart.

    >>> class Users: pass
    >>> named({'user': 7}), named(Users()), named(Users(), 7)
    ("{'user': 7}", 'Users', 'Users 7')
    """
    if type(given).__repr__ is not object.__repr__:
        return repr(given)
    name = type(given).__name__
    return name if number is None else f"{name} {number}"
