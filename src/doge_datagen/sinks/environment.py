"""Variables of the environment in what a target says, so that no secret stands in a model."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, overload

from doge_datagen.errors import ModelError, did_you_mean

VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<otherwise>:-[^}]*)?\}")
OPENED = "${"


def has_variables(value: object) -> bool:
    """Whether something is to be filled in.

    >>> has_variables('postgresql://${DB_USER}@localhost/bank')
    True
    """
    return isinstance(value, str) and OPENED in value


@overload
def filled(value: str, where: str) -> str: ...
@overload
def filled(value: Any, where: str) -> Any: ...
def filled(value: Any, where: str) -> Any:
    """A text, or the texts of a mapping, with their variables filled in; any other value as it is.

    ``${NAME}`` is the variable's value; ``${NAME:-default}`` the default where it is missing or empty.

    Raises:
        ModelError: a variable is missing, or ``${`` begins none. The message never shows a value.

    >>> filled('${NO_SUCH_NAME:-out}/trx.csv', 'targets.local.trx')
    'out/trx.csv'
    """
    if isinstance(value, str):
        return _filled_text(value, where)
    if isinstance(value, Mapping):
        return {key: filled(inner, f"{where}.{key}") for key, inner in value.items()}
    return value


def _filled_text(text: str, where: str) -> str:
    if OPENED in VARIABLE.sub("", text):
        raise ModelError(where, "has a '${' that begins no variable; write ${NAME} or ${NAME:-default}")
    return VARIABLE.sub(lambda found: _value(found["name"], found["otherwise"], where), text)


def _value(name: str, otherwise: str | None, where: str) -> str:
    value = os.environ.get(name)
    if otherwise is not None:
        return value or otherwise.removeprefix(":-")
    if value is None:
        near = did_you_mean(name, os.environ)
        hint = f"; {near}" if near.startswith("did") else ""
        raise ModelError(where, f"the environment has no variable {name}; set it, or write ${{{name}:-default}}{hint}")
    return value
