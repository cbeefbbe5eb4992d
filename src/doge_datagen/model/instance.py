"""An object where one is needed, not the class it is made from."""

from __future__ import annotations

from inspect import getattr_static, isfunction
from typing import Any, TypeGuard


def needs_instance(given: object, method: str) -> TypeGuard[type[Any]]:
    """Whether this is a class whose method only its instances can call; a class method can be called without one.

    >>> class Users:
    ...     def create(self):
    ...         return object()
    >>> needs_instance(Users, 'create'), needs_instance(Users(), 'create')
    (True, False)
    """
    return isinstance(given, type) and isfunction(getattr_static(given, method, None))
