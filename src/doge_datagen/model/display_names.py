"""How messages name an arbitrary object, such as a subject or a sink of the user's."""

from __future__ import annotations


def named(given: object, number: int | None = None) -> str:
    """Return the object's ``repr``, or the name of its class if its ``repr`` is only a memory address.

    Args:
        given: any object.
        number: added to the name of the class, to distinguish objects of one class.

    >>> class Users: pass
    >>> named({'user': 7}), named(Users()), named(Users(), 7)
    ("{'user': 7}", 'Users', 'Users 7')
    """
    if type(given).__repr__ is not object.__repr__:
        return repr(given)
    name = type(given).__name__
    return name if number is None else f"{name} {number}"
